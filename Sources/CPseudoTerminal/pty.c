#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CPseudoTerminal.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int hl_pty_open(char *name, size_t size) {
  int window = posix_openpt(O_RDWR | O_NOCTTY);
  if (window < 0) return -1;
  const char *path = grantpt(window) == 0 && unlockpt(window) == 0 ? ptsname(window) : NULL;
  if (!path || strlen(path) >= size) {
    close(window);
    return -1;
  }
  strcpy(name, path);
  fcntl(window, F_SETFD, FD_CLOEXEC);
  return window;
}

void hl_pty_resize(int descriptor, int columns, int rows) {
  struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
  ioctl(descriptor, TIOCSWINSZ, &size);
}

int hl_pty_spawn(const char *program, char *const arguments[], char *const environment[],
                 const char *folder, const char *name, int output, int error, int *process) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, folder);
  // The first terminal opened by a session's leader becomes its controlling terminal.
  posix_spawn_file_actions_addopen(&actions, 0, name, O_RDWR, 0);
  posix_spawn_file_actions_adddup2(&actions, output < 0 ? 0 : output, 1);
  posix_spawn_file_actions_adddup2(&actions, error < 0 ? 0 : error, 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  // No signals are blocked or ignored because of the parent.
  sigset_t signals;
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(&attributes, &signals);
  sigfillset(&signals);
  posix_spawnattr_setsigdefault(&attributes, &signals);
  pid_t started = 0;
  int result = posix_spawn(&started, program, &actions, &attributes, arguments, environment);
  *process = started;
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return result;
}
