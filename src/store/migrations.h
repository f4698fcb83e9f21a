/* store/migrations.h: see migrations.c. */
#ifndef STORE_MIGRATIONS_H
#define STORE_MIGRATIONS_H

extern const char *const store_migrations[];	/* SQL of version i + 1; NULL ends */

/* Marks our files among SQLite's: PRAGMA application_id, "KOBN". */
enum { STORE_APPLICATION_ID = 0x4b4f424e };

#endif
