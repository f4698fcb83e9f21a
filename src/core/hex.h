/* core/hex.h: hexadecimal digits, written and read. For more bytes than one: buf_hex(). */
#ifndef CORE_HEX_H
#define CORE_HEX_H

#include <stdint.h>

/* The digit of the lowest four bits. */
static inline char hex_digit(unsigned v)
{
	return "0123456789abcdef"[v & 15];
}

static inline char hex_capital(unsigned v)
{
	return "0123456789ABCDEF"[v & 15];
}

/* Two digits, no NUL. */
static inline void hex_put(char out[2], uint8_t byte)
{
	out[0] = hex_digit(byte / 16u);
	out[1] = hex_digit(byte);
}

/* What a digit, small or capital, stands for; -1: it is none. */
static inline int hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#endif
