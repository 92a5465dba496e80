// ncurses for Swift, and the one part that must be C: restoring the terminal from inside a signal handler, where only
// async-signal-safe calls are allowed.
#ifndef HALFLIGHT_NCURSES_H
#define HALFLIGHT_NCURSES_H

#define NCURSES_WIDECHAR 1

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <ncurses.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

// --- ncurses' globals and macros ---------------------------------------------------------------

static inline WINDOW *hl_stdscr(void) { return stdscr; }
static inline int hl_colors(void) { return COLORS; }
static inline int hl_color_pairs(void) { return COLOR_PAIRS; }
static inline FILE *hl_stdout(void) { return stdout; }
static inline FILE *hl_stdin(void) { return stdin; }
static inline attr_t hl_attribute_bold(void) { return WA_BOLD; }
static inline attr_t hl_attribute_dim(void) { return WA_DIM; }
static inline attr_t hl_attribute_underline(void) { return WA_UNDERLINE; }
static inline attr_t hl_attribute_reverse(void) { return WA_REVERSE; }

// Writes one grapheme, at most CCHARW_MAX scalars and zero-terminated, at a position of the standard screen. `pair` is
// a colour pair of the full range, which only the extended argument supports.
static inline int hl_put(int y, int x, const wchar_t *text, attr_t attributes, int pair) {
  cchar_t cell;
  if (setcchar(&cell, text, attributes, 0, &pair) == ERR) return ERR;
  return mvwadd_wch(stdscr, y, x, &cell);
}

// Whether the environment's locale, or else a plain one, uses UTF-8.
static inline bool hl_utf8_locale(void) {
  if (setlocale(LC_ALL, "") && strcmp(nl_langinfo(CODESET), "UTF-8") == 0) return true;
  static const char *const others[] = {"C.UTF-8", "C.utf8", "en_US.UTF-8"};
  for (unsigned i = 0; i < sizeof others / sizeof *others; i++)
    if (setlocale(LC_CTYPE, others[i])) return true;
  return false;
}

// A string of the current terminal's description; NULL if it has none.
static inline const char *hl_capability(const char *name) {
  const char *text = tigetstr((char *)name);
  return text == (const char *)-1 ? NULL : text;
}

// The size of the terminal behind a descriptor; false if it is not a terminal.
static inline bool hl_terminal_size(int descriptor, int *columns, int *rows) {
  struct winsize size;
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || !size.ws_col || !size.ws_row) return false;
  *columns = size.ws_col;
  *rows = size.ws_row;
  return true;
}

// The size of the terminal's window in pixels; false if the terminal does not say.
static inline bool hl_terminal_pixels(int descriptor, int *width, int *height) {
  struct winsize size;
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || !size.ws_xpixel || !size.ws_ypixel) return false;
  *width = size.ws_xpixel;
  *height = size.ws_ypixel;
  return true;
}

// Makes the next refresh draw everything.
static inline void hl_redraw_all(void) { clearok(curscr, true); }

// The number of bytes read; 0 if there are none at present, -1 if none will come.
static inline ssize_t hl_read(int descriptor, void *bytes, size_t count) {
  ssize_t got = read(descriptor, bytes, count);
  if (got > 0) return got;
  return got < 0 && (errno == EINTR || errno == EAGAIN) ? 0 : -1;
}

// A pipe whose ends never block and are closed in child programs.
static inline bool hl_quiet_pipe(int *reader, int *writer) {
  int ends[2];
  if (pipe(ends) != 0) return false;
  for (int i = 0; i < 2; i++) {
    fcntl(ends[i], F_SETFL, fcntl(ends[i], F_GETFL) | O_NONBLOCK);
    fcntl(ends[i], F_SETFD, FD_CLOEXEC);
  }
  *reader = ends[0];
  *writer = ends[1];
  return true;
}

// --- giving the terminal back ------------------------------------------------------------------

// Signal handlers share this state. A system library target has no .c file for it, so every object file that uses these
// functions would get its own copy: use them from only one Swift file (TerminalGuard.swift), in functions that are
// never inlined.
enum { HL_TERMINAL_LEFT, HL_TERMINAL_OURS, HL_TERMINAL_BEING_LEFT };
struct hl_guard {
  volatile sig_atomic_t terminal_state;  // HL_TERMINAL_OURS while we control the terminal
  volatile sig_atomic_t is_drawing;   // something is being written to it
  volatile sig_atomic_t was_resized;  // SIGWINCH arrived
  volatile sig_atomic_t was_resumed;  // SIGCONT arrived
  volatile sig_atomic_t must_finish;  // something is being written that would be lost
  volatile sig_atomic_t end_signal;   // the termination signal received in the meantime
  volatile sig_atomic_t wake_descriptor;
  int terminal;
  pthread_t drawer;  // the thread that draws
  struct termios saved, raw;
  char enter[256];
  char leave[2][16384];               // the one in use, and the next
  volatile sig_atomic_t leave_index;
  struct sigaction old[NSIG];
};

// In a function, because Swift's importer does not emit a header's variables.
static inline struct hl_guard *hl_guard(void) {
  static struct hl_guard guard = {.wake_descriptor = -1};
  return &guard;
}

static const int hl_fatal_signals[] = {SIGTERM, SIGHUP, SIGINT,  SIGQUIT, SIGSEGV,
                                       SIGABRT, SIGILL, SIGBUS, SIGFPE,  SIGTRAP,
                                       SIGUSR1, SIGUSR2, SIGALRM, SIGXCPU, SIGSYS};
static const int hl_other_signals[] = {SIGWINCH, SIGTSTP, SIGCONT};
// A failed write reports these problems as well.
static const int hl_ignored_signals[] = {SIGPIPE, SIGXFSZ};
#define HL_COUNT(array) (sizeof(array) / sizeof *(array))

// Writes all of it despite interruptions; gives up on an error.
static inline void hl_write_all(int descriptor, const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t written = write(descriptor, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) {
      struct pollfd ready = {descriptor, POLLOUT, 0};
      if (poll(&ready, 1, 1000) > 0) continue;
    }
    if (written <= 0) return;
    bytes += written;
    count -= (size_t)written;
  }
}

// Call before drawing; false if we do not control the terminal.
static inline bool hl_guard_begin_drawing(void) {
  hl_guard()->is_drawing = 1;
  __sync_synchronize();
  if (hl_guard()->terminal_state == HL_TERMINAL_OURS) return true;
  hl_guard()->is_drawing = 0;
  return false;
}
static inline void hl_guard_end_drawing(void) { hl_guard()->is_drawing = 0; }

static inline void hl_guard_leave(void) {
  struct timespec moment = {0, 1000000};
  if (!__sync_bool_compare_and_swap(&hl_guard()->terminal_state, HL_TERMINAL_OURS, HL_TERMINAL_BEING_LEFT)) {
    // Threads may fail together: this one's message must not come before another has restored the terminal.
    for (int i = 0; i < 400 && hl_guard()->terminal_state == HL_TERMINAL_BEING_LEFT; i++) nanosleep(&moment, NULL);
    return;
  }
  // A signal may arrive on another thread than the drawing one: what is being drawn must not come after the farewell.
  if (!pthread_equal(pthread_self(), hl_guard()->drawer))
    for (int i = 0; i < 200 && hl_guard()->is_drawing; i++) nanosleep(&moment, NULL);
  const char *leave = hl_guard()->leave[hl_guard()->leave_index];
  hl_write_all(hl_guard()->terminal, leave, strlen(leave));
  tcsetattr(hl_guard()->terminal, TCSANOW, &hl_guard()->saved);
  hl_guard()->terminal_state = HL_TERMINAL_LEFT;
}

static inline void hl_guard_reenter(void) {
  if (hl_guard()->terminal_state != HL_TERMINAL_LEFT) return;
  tcsetattr(hl_guard()->terminal, TCSANOW, &hl_guard()->raw);
  hl_write_all(hl_guard()->terminal, hl_guard()->enter, strlen(hl_guard()->enter));
  hl_guard()->terminal_state = HL_TERMINAL_OURS;
}

static inline void hl_guard_wake(void) {
  if (hl_guard()->wake_descriptor >= 0) {
    ssize_t ignored = write(hl_guard()->wake_descriptor, "s", 1);
    (void)ignored;
  }
}

// Restores the terminal, then lets the signal have its earlier effect. While something is being written, a signal that
// requests the end (and is not a sign of an error) waits for that, but only once.
static inline void hl_on_fatal(int number, siginfo_t *info, void *context) {
  int error = errno;
  hl_guard_leave();
  if ((number == SIGHUP || number == SIGTERM) && hl_guard()->must_finish && !hl_guard()->end_signal) {
    hl_guard()->end_signal = number;
    hl_guard_wake();
    errno = error;
    return;
  }
  struct sigaction *old = &hl_guard()->old[number];
  // A handler that reports a crash needs the address of the fault, which a raised signal would lack.
  bool is_called = (old->sa_flags & SA_SIGINFO) && old->sa_handler != SIG_DFL;
  if (is_called) old->sa_sigaction(number, info, context);
  if (is_called) signal(number, SIG_DFL);
  else sigaction(number, old, NULL);
  raise(number);
  errno = error;
}

static inline void hl_on_other(int number) {
  int error = errno;
  if (number == SIGWINCH) {
    hl_guard()->was_resized = 1;
  } else if (number == SIGTSTP) {
    struct sigaction ours, stop;
    memset(&stop, 0, sizeof stop);
    stop.sa_handler = SIG_DFL;
    hl_guard_leave();
    sigaction(SIGTSTP, &stop, &ours);
    raise(SIGTSTP);  // SA_NODEFER: stops here, and goes on here
    sigaction(SIGTSTP, &ours, NULL);
  }
  if (number != SIGWINCH) {
    hl_guard_reenter();
    hl_guard()->was_resumed = 1;
  }
  hl_guard_wake();
  errno = error;
}

// Whether a signal is ignored, because the parent made us ignore it (nohup).
static inline bool hl_signal_is_ignored(int number) {
  struct sigaction action;
  return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

// Saves the terminal's modes and the signals' actions; call this before newterm, which changes both. False if the
// descriptor is not a terminal.
static inline bool hl_guard_remember(int terminal) {
  if (tcgetattr(terminal, &hl_guard()->saved) != 0) return false;
  hl_guard()->terminal = terminal;
  hl_guard()->drawer = pthread_self();
  for (unsigned i = 0; i < HL_COUNT(hl_fatal_signals); i++)
    sigaction(hl_fatal_signals[i], NULL, &hl_guard()->old[hl_fatal_signals[i]]);
  for (unsigned i = 0; i < HL_COUNT(hl_other_signals); i++)
    sigaction(hl_other_signals[i], NULL, &hl_guard()->old[hl_other_signals[i]]);
  for (unsigned i = 0; i < HL_COUNT(hl_ignored_signals); i++)
    sigaction(hl_ignored_signals[i], NULL, &hl_guard()->old[hl_ignored_signals[i]]);
  return true;
}

// Installs the signal handlers; call this after newterm and raw(). `enter` and `leave` are the sequences for taking
// over and restoring the terminal; `enter` is written immediately.
static inline void hl_guard_install(const char *enter, const char *leave, int wake_descriptor) {
  strncpy(hl_guard()->enter, enter, sizeof hl_guard()->enter - 1);
  strncpy(hl_guard()->leave[0], leave, sizeof hl_guard()->leave[0] - 1);
  hl_guard()->leave_index = 0;
  hl_guard()->wake_descriptor = wake_descriptor;
  hl_guard()->was_resized = hl_guard()->was_resumed = 0;
  hl_guard()->terminal_state = HL_TERMINAL_LEFT;
  hl_guard()->is_drawing = 0;
  tcgetattr(hl_guard()->terminal, &hl_guard()->raw);
  hl_guard_reenter();
  // A stack overflow can only be handled on another stack.
  static char spare[65536];
  stack_t stack = {.ss_sp = spare, .ss_size = sizeof spare}, present;
  if (sigaltstack(NULL, &present) == 0 && (present.ss_flags & SS_DISABLE))
    sigaltstack(&stack, NULL);
  struct sigaction action;
  memset(&action, 0, sizeof action);
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_ONSTACK | SA_SIGINFO;
  action.sa_sigaction = hl_on_fatal;
  for (unsigned i = 0; i < HL_COUNT(hl_fatal_signals); i++) {
    int number = hl_fatal_signals[i];
    // Signals that the parent made us ignore (nohup) stay ignored.
    if (hl_guard()->old[number].sa_handler != SIG_IGN) sigaction(number, &action, NULL);
  }
  action.sa_flags = SA_ONSTACK | SA_RESTART | SA_NODEFER;
  action.sa_handler = hl_on_other;
  for (unsigned i = 0; i < HL_COUNT(hl_other_signals); i++)
    sigaction(hl_other_signals[i], &action, NULL);
  action.sa_handler = SIG_IGN;
  for (unsigned i = 0; i < HL_COUNT(hl_ignored_signals); i++)
    sigaction(hl_ignored_signals[i], &action, NULL);
}

// Writes `now`, and sets `enter` for later takeovers of the terminal.
static inline void hl_guard_change(const char *enter, const char *now) {
  struct hl_guard *guard = hl_guard();
  strncpy(guard->enter, enter, sizeof guard->enter - 1);
  if (guard->terminal_state == HL_TERMINAL_OURS) hl_write_all(guard->terminal, now, strlen(now));
}

// Changes the sequence that restores the terminal; a signal handler sees either the old or the new text, complete.
static inline void hl_guard_change_leave(const char *leave) {
  struct hl_guard *guard = hl_guard();
  int next = !guard->leave_index;
  strncpy(guard->leave[next], leave, sizeof guard->leave[next] - 1);
  __sync_synchronize();
  guard->leave_index = next;
}

// Makes SIGHUP and SIGTERM wait, or no longer wait.
static inline void hl_guard_set_must_finish(bool must_finish) { hl_guard()->must_finish = must_finish; }

// Whether the process should end as soon as it can.
static inline bool hl_guard_is_ending(void) { return hl_guard()->end_signal != 0; }

// Restores the terminal and the signals; a waiting signal is delivered now.
static inline void hl_guard_remove(void) {
  hl_guard_leave();
  hl_guard()->wake_descriptor = -1;
  for (unsigned i = 0; i < HL_COUNT(hl_fatal_signals); i++)
    sigaction(hl_fatal_signals[i], &hl_guard()->old[hl_fatal_signals[i]], NULL);
  for (unsigned i = 0; i < HL_COUNT(hl_other_signals); i++)
    sigaction(hl_other_signals[i], &hl_guard()->old[hl_other_signals[i]], NULL);
  for (unsigned i = 0; i < HL_COUNT(hl_ignored_signals); i++)
    sigaction(hl_ignored_signals[i], &hl_guard()->old[hl_ignored_signals[i]], NULL);
  int number = hl_guard()->end_signal;
  hl_guard()->must_finish = hl_guard()->end_signal = 0;
  if (number) raise(number);
}

// Whether SIGWINCH, or SIGCONT, arrived since the last call.
static inline bool hl_guard_take_resized(void) {
  return __sync_lock_test_and_set(&hl_guard()->was_resized, 0) != 0;
}
static inline bool hl_guard_take_resumed(void) {
  return __sync_lock_test_and_set(&hl_guard()->was_resumed, 0) != 0;
}

#endif
