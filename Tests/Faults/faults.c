// A library for LD_PRELOAD that numbers every call which changes files below a folder, and makes one of them fail, do
// half of its work, or end the process. run.py uses it to find out what a program leaves behind.
//
// The environment says what to do:
//   FAULTS_FOLDER  the folder, with links resolved; calls elsewhere are neither numbered nor changed
//   FAULTS_LOG     a file to which a line is added for each call: its number, its name and the path
//   FAULTS_CALL    the number of the call to change, from 1; 0 or absent for none
//   FAULTS_KIND    what happens to it:
//                    ENOSPC, EIO, EDQUOT, EROFS  it fails, once
//                    full                        it writes half, and then whatever needs room fails with ENOSPC
//                    readonly                    it and every later call fails with EROFS
//                    part                        it writes half and says so
//                    kill-before, kill-half, kill-after  SIGKILL, when nothing, half or all of it is done
//   FAULTS_LINKS   "no" for a file system without hard links: each link() fails with EPERM and has no number
//
// It replaces what a program calls in the C library by name. Calls within the C library are not seen: a buffered
// stream counts where it is written to, not where its buffer is.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// The function of the C library with this name, in a variable `real` of its type.
#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

enum kind { NONE, FAILS, FULL, READ_ONLY, PART, KILL_BEFORE, KILL_HALF, KILL_AFTER };

static struct {
  char folder[PATH_MAX];
  size_t length;
  enum kind kind;
  int number;
  long call;
  int log;
  bool refuses_links;
} plan = {.log = -1};
static atomic_long calls;

static const struct { const char *name; enum kind kind; int number; } kinds[] = {
    {"ENOSPC", FAILS, ENOSPC}, {"EIO", FAILS, EIO}, {"EDQUOT", FAILS, EDQUOT}, {"EROFS", FAILS, EROFS},
    {"full", FULL, ENOSPC}, {"readonly", READ_ONLY, EROFS}, {"part", PART, 0}, {"kill-before", KILL_BEFORE, 0},
    {"kill-half", KILL_HALF, 0}, {"kill-after", KILL_AFTER, 0}};

__attribute__((constructor)) static void read_plan(void) {
  const char *folder = getenv("FAULTS_FOLDER"), *log = getenv("FAULTS_LOG"), *call = getenv("FAULTS_CALL");
  const char *kind = getenv("FAULTS_KIND"), *links = getenv("FAULTS_LINKS");
  if (!folder || !*folder || strlen(folder) >= sizeof plan.folder) return;
  strcpy(plan.folder, folder);
  plan.length = strlen(folder);
  plan.call = call ? atol(call) : 0;
  plan.refuses_links = links && !strcmp(links, "no");
  for (size_t i = 0; kind && i < sizeof kinds / sizeof *kinds; i++)
    if (!strcmp(kind, kinds[i].name)) {
      plan.kind = kinds[i].kind;
      plan.number = kinds[i].number;
    }
  if (log) plan.log = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

// Which paths count

static bool is_below(const char *path) {
  return plan.length && !strncmp(path, plan.folder, plan.length) && path[plan.length] == '/';
}

// The absolute path, which may have `..` in it; false if it is not below the folder.
static bool full_path(int folder, const char *path, char *full) {
  if (!plan.length || !path) return false;
  if (*path == '/') return strlen(path) < PATH_MAX && is_below(strcpy(full, path));
  if (folder == AT_FDCWD) {
    if (!getcwd(full, PATH_MAX)) return false;
  } else {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    ssize_t length = readlink(link, full, PATH_MAX - 1);
    if (length < 0) return false;
    full[length] = 0;
  }
  size_t length = strlen(full);
  if (length + 1 + strlen(path) >= PATH_MAX) return false;
  full[length] = '/';
  strcpy(full + length + 1, path);
  return is_below(full);
}

// The path of an open regular file; false if it is not below the folder.
static bool open_path(int file, char *full) {
  struct stat facts;
  if (!plan.length || fstat(file, &facts) || !S_ISREG(facts.st_mode)) return false;
  return full_path(file, "", full) && (full[strlen(full) - 1] = 0, is_below(full));
}

// What happens to a call

struct verdict {
  bool fails;
  bool halves;
  bool kills;
};

static _Noreturn void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

// Numbers a call, and decides what happens to it. `writes` says whether bytes may be written in part.
static struct verdict judge(const char *name, const char *path, bool writes) {
  struct verdict verdict = {0};
  long number = atomic_fetch_add(&calls, 1) + 1;
  if (plan.log >= 0) {
    char line[PATH_MAX + 64];
    int length = snprintf(line, sizeof line, "%ld %s %s\n", number, name, path);
    syscall(SYS_write, plan.log, line, (size_t)length < sizeof line ? (size_t)length : sizeof line - 1);
  }
  if (plan.call <= 0 || number < plan.call) return verdict;
  if (number > plan.call) {
    static const char *const needs_room[] = {"open", "mkdir", "write", "sendfile", "copy", "fwrite", "link", "fsync"};
    bool needs = false;
    for (size_t i = 0; i < sizeof needs_room / sizeof *needs_room; i++) needs |= !strcmp(name, needs_room[i]);
    verdict.fails = plan.kind == READ_ONLY || (plan.kind == FULL && needs);
  } else switch (plan.kind) {
    case NONE: break;
    case FAILS: case READ_ONLY: verdict.fails = true; break;
    case FULL: verdict.fails = !(verdict.halves = writes); break;
    case PART: verdict.halves = writes; break;
    case KILL_BEFORE: die();
    case KILL_HALF: verdict.halves = writes; verdict.kills = true; break;
    case KILL_AFTER: verdict.kills = true; break;
  }
  if (verdict.fails) errno = plan.number;
  return verdict;
}

// A call that is done or not, with this result when it fails.
#define WHOLE(name, is_counted, path, failure, call) do { \
    struct verdict verdict = {0}; \
    if (is_counted) verdict = judge(name, path, false); \
    if (verdict.fails) return failure; \
    __typeof__(call) result = call; \
    if (verdict.kills) die(); \
    return result; \
  } while (0)

// A call that writes `count` bytes; `call` uses the variable of that name.
#define BYTES(name, is_counted, path, count, call) do { \
    struct verdict verdict = {0}; \
    if (is_counted) verdict = judge(name, path, true); \
    if (verdict.fails) return -1; \
    if (verdict.halves) count = (count + 1) / 2; \
    ssize_t result = call; \
    if (verdict.kills) die(); \
    return result; \
  } while (0)

// Writing

ssize_t write(int file, const void *bytes, size_t count) {
  REAL(write);
  char path[PATH_MAX];
  BYTES("write", open_path(file, path), path, count, real(file, bytes, count));
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t place) {
  REAL(pwrite);
  char path[PATH_MAX];
  BYTES("write", open_path(file, path), path, count, real(file, bytes, count, place));
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t place) {
  REAL(pwrite64);
  char path[PATH_MAX];
  BYTES("write", open_path(file, path), path, count, real(file, bytes, count, place));
}

// Half of several pieces is the first of them alone.
ssize_t writev(int file, const struct iovec *pieces, int count) {
  REAL(writev);
  char path[PATH_MAX];
  BYTES("write", open_path(file, path), path, count, real(file, pieces, count));
}

ssize_t sendfile(int to, int from, off_t *place, size_t count) {
  REAL(sendfile);
  char path[PATH_MAX];
  BYTES("sendfile", open_path(to, path), path, count, real(to, from, place, count));
}

ssize_t sendfile64(int to, int from, off64_t *place, size_t count) {
  REAL(sendfile64);
  char path[PATH_MAX];
  BYTES("sendfile", open_path(to, path), path, count, real(to, from, place, count));
}

ssize_t copy_file_range(
    int from, off64_t *from_place, int to, off64_t *to_place, size_t count, unsigned flags) {
  REAL(copy_file_range);
  char path[PATH_MAX];
  BYTES(
      "copy", open_path(to, path), path, count,
      real(from, from_place, to, to_place, count, flags));
}

size_t fwrite(const void *bytes, size_t size, size_t count, FILE *stream) {
  REAL(fwrite);
  char path[PATH_MAX];
  WHOLE("fwrite", open_path(fileno(stream), path), path, 0, real(bytes, size, count, stream));
}

int fsync(int file) {
  REAL(fsync);
  char path[PATH_MAX];
  WHOLE("fsync", open_path(file, path), path, -1, real(file));
}

int fdatasync(int file) {
  REAL(fdatasync);
  char path[PATH_MAX];
  WHOLE("fsync", open_path(file, path), path, -1, real(file));
}

int ftruncate(int file, off_t size) {
  REAL(ftruncate);
  char path[PATH_MAX];
  WHOLE("truncate", open_path(file, path), path, -1, real(file, size));
}

int ftruncate64(int file, off64_t size) {
  REAL(ftruncate64);
  char path[PATH_MAX];
  WHOLE("truncate", open_path(file, path), path, -1, real(file, size));
}

int truncate(const char *name, off_t size) {
  REAL(truncate);
  char path[PATH_MAX];
  WHOLE("truncate", full_path(AT_FDCWD, name, path), path, -1, real(name, size));
}

// Opening for writing

static bool opens_to_write(int folder, const char *name, int flags, char *path) {
  if (!(flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) || !full_path(folder, name, path)) return false;
  struct stat facts;
  return fstatat(folder, name, &facts, 0) || S_ISREG(facts.st_mode);
}

#define MODE(flags) \
  mode_t mode = 0; \
  if (((flags) & O_CREAT) || ((flags) & O_TMPFILE) == O_TMPFILE) { \
    va_list list; \
    va_start(list, flags); \
    mode = va_arg(list, mode_t); \
    va_end(list); \
  }

int open(const char *name, int flags, ...) {
  REAL(open);
  MODE(flags)
  char path[PATH_MAX];
  WHOLE("open", opens_to_write(AT_FDCWD, name, flags, path), path, -1, real(name, flags, mode));
}

int open64(const char *name, int flags, ...) {
  REAL(open64);
  MODE(flags)
  char path[PATH_MAX];
  WHOLE("open", opens_to_write(AT_FDCWD, name, flags, path), path, -1, real(name, flags, mode));
}

int openat(int folder, const char *name, int flags, ...) {
  REAL(openat);
  MODE(flags)
  char path[PATH_MAX];
  WHOLE("open", opens_to_write(folder, name, flags, path), path, -1, real(folder, name, flags, mode));
}

int openat64(int folder, const char *name, int flags, ...) {
  REAL(openat64);
  MODE(flags)
  char path[PATH_MAX];
  WHOLE("open", opens_to_write(folder, name, flags, path), path, -1, real(folder, name, flags, mode));
}

int creat(const char *name, mode_t mode) {
  REAL(creat);
  char path[PATH_MAX];
  WHOLE("open", full_path(AT_FDCWD, name, path), path, -1, real(name, mode));
}

FILE *fopen(const char *name, const char *mode) {
  REAL(fopen);
  char path[PATH_MAX];
  bool writes = strpbrk(mode, "wa+") && full_path(AT_FDCWD, name, path);
  WHOLE("open", writes, path, NULL, real(name, mode));
}

FILE *fopen64(const char *name, const char *mode) {
  REAL(fopen64);
  char path[PATH_MAX];
  bool writes = strpbrk(mode, "wa+") && full_path(AT_FDCWD, name, path);
  WHOLE("open", writes, path, NULL, real(name, mode));
}

int mkstemp(char *name) {
  REAL(mkstemp);
  char path[PATH_MAX];
  WHOLE("open", full_path(AT_FDCWD, name, path), path, -1, real(name));
}

int mkstemp64(char *name) {
  REAL(mkstemp64);
  char path[PATH_MAX];
  WHOLE("open", full_path(AT_FDCWD, name, path), path, -1, real(name));
}

int mkostemp(char *name, int flags) {
  REAL(mkostemp);
  char path[PATH_MAX];
  WHOLE("open", full_path(AT_FDCWD, name, path), path, -1, real(name, flags));
}

// Names

int mkdir(const char *name, mode_t mode) {
  REAL(mkdir);
  char path[PATH_MAX];
  WHOLE("mkdir", full_path(AT_FDCWD, name, path), path, -1, real(name, mode));
}

int mkdirat(int folder, const char *name, mode_t mode) {
  REAL(mkdirat);
  char path[PATH_MAX];
  WHOLE("mkdir", full_path(folder, name, path), path, -1, real(folder, name, mode));
}

int rename(const char *from, const char *to) {
  REAL(rename);
  char path[PATH_MAX];
  WHOLE("rename", full_path(AT_FDCWD, to, path), path, -1, real(from, to));
}

int renameat(int from_folder, const char *from, int to_folder, const char *to) {
  REAL(renameat);
  char path[PATH_MAX];
  WHOLE("rename", full_path(to_folder, to, path), path, -1, real(from_folder, from, to_folder, to));
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags) {
  REAL(renameat2);
  char path[PATH_MAX];
  WHOLE("rename", full_path(to_folder, to, path), path, -1, real(from_folder, from, to_folder, to, flags));
}

static bool refuses_link(int folder, const char *to) {
  char path[PATH_MAX];
  bool refuses = plan.refuses_links && full_path(folder, to, path);
  if (refuses) errno = EPERM;
  return refuses;
}

int link(const char *from, const char *to) {
  REAL(link);
  char path[PATH_MAX];
  if (refuses_link(AT_FDCWD, to)) return -1;
  WHOLE("link", full_path(AT_FDCWD, to, path), path, -1, real(from, to));
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
  REAL(linkat);
  char path[PATH_MAX];
  if (refuses_link(to_folder, to)) return -1;
  WHOLE("link", full_path(to_folder, to, path), path, -1, real(from_folder, from, to_folder, to, flags));
}

int unlink(const char *name) {
  REAL(unlink);
  char path[PATH_MAX];
  WHOLE("unlink", full_path(AT_FDCWD, name, path), path, -1, real(name));
}

int unlinkat(int folder, const char *name, int flags) {
  REAL(unlinkat);
  char path[PATH_MAX];
  const char *kind = flags & AT_REMOVEDIR ? "rmdir" : "unlink";
  WHOLE(kind, full_path(folder, name, path), path, -1, real(folder, name, flags));
}

int rmdir(const char *name) {
  REAL(rmdir);
  char path[PATH_MAX];
  WHOLE("rmdir", full_path(AT_FDCWD, name, path), path, -1, real(name));
}

int remove(const char *name) {
  REAL(remove);
  char path[PATH_MAX];
  WHOLE("unlink", full_path(AT_FDCWD, name, path), path, -1, real(name));
}
