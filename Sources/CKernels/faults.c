#include "CKernelsFaults.h"
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// --- mapped files ------------------------------------------------------------------------------

// A signal handler reads the list, so it has no locks: entries are reused, and never freed.
typedef struct mapping {
  atomic_bool is_used;
  atomic_uintptr_t start;  // 0 while the other fields are invalid
  atomic_uintptr_t end;
  _Atomic(char *) path;
  struct mapping *next;
} mapping;

static _Atomic(mapping *) mappings;

void hl_mapping_add(const void *base, size_t bytes, const char *path) {
  mapping *entry = atomic_load(&mappings);
  for (; entry; entry = entry->next) {
    bool is_used = false;
    if (atomic_compare_exchange_strong(&entry->is_used, &is_used, true)) break;
  }
  bool is_new = !entry;
  if (is_new) {
    entry = calloc(1, sizeof *entry);
    if (!entry) return;
    atomic_store(&entry->is_used, true);
  }
  atomic_store(&entry->path, strdup(path));
  atomic_store(&entry->end, (uintptr_t)base + bytes);
  atomic_store(&entry->start, (uintptr_t)base);
  if (!is_new) return;
  entry->next = atomic_load(&mappings);
  while (!atomic_compare_exchange_weak(&mappings, &entry->next, entry)) continue;
}

void hl_mapping_remove(const void *base) {
  for (mapping *entry = atomic_load(&mappings); entry; entry = entry->next) {
    if (atomic_load(&entry->start) != (uintptr_t)base) continue;
    atomic_store(&entry->start, 0);
    free(atomic_exchange(&entry->path, NULL));
    atomic_store(&entry->is_used, false);
    return;
  }
}

// The file mapped at an address, or NULL. It stays valid while the address is being read.
static const char *path_at(uintptr_t address) {
  for (mapping *entry = atomic_load(&mappings); entry; entry = entry->next) {
    uintptr_t start = atomic_load(&entry->start);
    if (start && address >= start && address < atomic_load(&entry->end)) return atomic_load(&entry->path);
  }
  return NULL;
}

// --- crashes -----------------------------------------------------------------------------------

static const int crash_signals[] = {SIGSEGV, SIGABRT, SIGILL, SIGBUS, SIGFPE, SIGTRAP, SIGSYS};
enum { CRASH_SIGNALS = sizeof crash_signals / sizeof *crash_signals, UNREADABLE = 74 };

static struct sigaction old_actions[NSIG];
static bool wants_old_report, is_terminal;

static const char *name_of(int number) {
  switch (number) {
    case SIGSEGV: return "segmentation fault";
    case SIGABRT: return "abort";
    case SIGILL: return "illegal instruction";
    case SIGBUS: return "bus error";
    case SIGFPE: return "arithmetic error";
    case SIGTRAP: return "trap";
    default: return "bad system call";
  }
}

// Whether a terminal would execute what begins here: control characters, including those encoded in UTF-8 (U+0080 to
// U+009F).
static bool is_control(const char *text) {
  unsigned char first = (unsigned char)text[0], second = (unsigned char)text[1];
  return first < 0x20 || first == 0x7f || (first == 0xc2 && second >= 0x80 && second <= 0x9f);
}

// Writes a sentence in three parts at once, over a line that changes in place. The middle part may be a file name.
static void say(const char *before, const char *middle, const char *after) {
  char text[8192];
  size_t length = 0;
  const char *const parts[] = {is_terminal ? "\r\033[K" : "", before, middle, after};
  for (unsigned i = 0; i < sizeof parts / sizeof *parts; i++)
    for (const char *c = parts[i]; *c && length < sizeof text; c++)
      text[length++] = parts[i] == middle && is_control(c) ? '?' : *c;
  ssize_t ignored = write(STDERR_FILENO, text, length);
  (void)ignored;
}

static void on_crash(int number, siginfo_t *info, void *context) {
  // Threads that read the same file fail together: the first ends the process, and the others wait for that.
  static atomic_flag is_ending = ATOMIC_FLAG_INIT;
  if (atomic_flag_test_and_set(&is_ending)) {
    struct timespec moment = {0, 10000000};
    for (int i = 0; i < 300; i++) nanosleep(&moment, NULL);
  }
  // Only a fault has an address; a signal sent by a process has none.
  bool is_fault = info && info->si_code > 0;
  const char *path = number == SIGBUS && is_fault ? path_at((uintptr_t)info->si_addr) : NULL;
  if (path) {
    say("halflight: ", path,
        " can no longer be read: another program shortened it after it was opened, or its disk failed; restore the file "
        "and start again\n");
    _exit(UNREADABLE);
  }
  say("halflight: it crashed (", name_of(number),
      "); this is a mistake in the program: please report it; run it with SWIFT_BACKTRACE=enable=yes for details\n");
  const struct sigaction *old = &old_actions[number];
  bool has_handler = old->sa_handler != SIG_DFL && old->sa_handler != SIG_IGN;
  if (wants_old_report && has_handler && (old->sa_flags & SA_SIGINFO)) old->sa_sigaction(number, info, context);
  signal(number, SIG_DFL);
  raise(number);
}

void hl_faults_install(void) {
  const char *wish = getenv("SWIFT_BACKTRACE");
  wants_old_report = wish && *wish;
  is_terminal = isatty(STDERR_FILENO) == 1;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  action.sa_sigaction = on_crash;
  for (int i = 0; i < CRASH_SIGNALS; i++) {
    sigaction(crash_signals[i], &action, &old_actions[crash_signals[i]]);
    // Signals that the parent made us ignore stay ignored.
    if (old_actions[crash_signals[i]].sa_handler == SIG_IGN)
      sigaction(crash_signals[i], &old_actions[crash_signals[i]], NULL);
  }
}
