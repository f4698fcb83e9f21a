/* core/banned.h: forced into every file by the build. Calls that invite overruns do not compile. */
#ifndef CORE_BANNED_H
#define CORE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KOBAN_BANNED(name, instead) use_##instead##_instead_of_##name
#undef strcpy
#define strcpy(...) KOBAN_BANNED(strcpy, memcpy)
#undef strcat
#define strcat(...) KOBAN_BANNED(strcat, buf)
#undef strncpy
#define strncpy(...) KOBAN_BANNED(strncpy, memcpy)
#undef strncat
#define strncat(...) KOBAN_BANNED(strncat, buf)
#undef sprintf
#define sprintf(...) KOBAN_BANNED(sprintf, snprintf)
#undef vsprintf
#define vsprintf(...) KOBAN_BANNED(vsprintf, vsnprintf)
#undef strtok
#define strtok(...) KOBAN_BANNED(strtok, strtok_r)
#undef gets
#define gets(...) KOBAN_BANNED(gets, fgets)
#undef atoi
#define atoi(...) KOBAN_BANNED(atoi, strtol)
#undef atol
#define atol(...) KOBAN_BANNED(atol, strtol)
#undef alloca
#define alloca(...) KOBAN_BANNED(alloca, arena)

#endif
