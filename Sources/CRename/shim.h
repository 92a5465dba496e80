// Two kinds of renaming that POSIX lacks and that every system has under another name.
#ifndef HALFLIGHT_RENAME_H
#define HALFLIGHT_RENAME_H

#include <stdio.h>

#ifdef __linux__
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __GLIBC__
// The header has it only with _GNU_SOURCE.
extern int renameat2(int, const char *, int, const char *, unsigned int);
#define HL_RENAME(from, to, flags) renameat2(AT_FDCWD, from, AT_FDCWD, to, flags)
#else
#define HL_RENAME(from, to, flags) ((int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags))
#endif
#define HL_UNUSED 1u
#define HL_EXCHANGE 2u
#else
#define HL_RENAME(from, to, flags) renamex_np(from, to, flags)
#define HL_UNUSED RENAME_EXCL
#define HL_EXCHANGE RENAME_SWAP
#endif

// Renames a file unless the new name is taken. Returns 0, or -1 with errno.
static inline int hl_rename_unused(const char *from, const char *to) { return HL_RENAME(from, to, HL_UNUSED); }

// Exchanges the names of two files or folders. Returns 0, or -1 with errno.
static inline int hl_rename_exchange(const char *one, const char *other) { return HL_RENAME(one, other, HL_EXCHANGE); }

#endif
