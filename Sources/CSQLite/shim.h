// What Swift's importer cannot see of SQLite (variadic functions, a cast), as inline functions. Nothing else belongs here.
#ifndef PROVENANCE_CSQLITE_SHIM_H
#define PROVENANCE_CSQLITE_SHIM_H

#include <sqlite3.h>
#include <stddef.h>
#if SQLITE_VERSION_NUMBER < 3031000
#error "SQLite 3.31 or later is needed (Debian 12: apt-get install libsqlite3-dev)"
#endif

// For a file that anybody may have written: a schema calls no function that does more than compute, and has no trigger and no
// view that runs; no statement writes to the schema's own table.
static inline int provenance_sqlite_distrust(sqlite3 *database) {
    int code = sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)0);
    if (code != SQLITE_OK) return code;
    code = sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, (int *)0);
    if (code != SQLITE_OK) return code;
    code = sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_VIEW, 0, (int *)0);
    if (code != SQLITE_OK) return code;
    return sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
}

// "SQLITE_CONFIG_MEMSTATUS … enables or disables the collection of memory allocation statistics": each allocation would
// take a lock for them, and each row makes several. To be called before anything else of SQLite.
static inline int provenance_sqlite_keep_no_statistics(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

// "SQLITE_TRANSIENT … the content will likely change in the near future and SQLite should make its own private copy".
static inline int provenance_sqlite_bind_text_copy(sqlite3_stmt *statement, int place, const void *text, size_t count) {
    return sqlite3_bind_text64(statement, place, (const char *)text, count, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static inline int provenance_sqlite_bind_blob_copy(sqlite3_stmt *statement, int place, const void *blob, size_t count) {
    return sqlite3_bind_blob64(statement, place, blob, count, SQLITE_TRANSIENT);
}

#endif
