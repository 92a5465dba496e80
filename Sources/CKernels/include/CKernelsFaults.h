// How the process ends if it crashes, or if a mapped file can no longer be read: immediately and with one sentence.
#ifndef HALFLIGHT_CKERNELS_FAULTS_H
#define HALFLIGHT_CKERNELS_FAULTS_H

#include <stddef.h>

// Reports crashes on standard error in one sentence, instead of the Swift runtime's report, which takes over the
// terminal and waits half a minute for a key; users who set SWIFT_BACKTRACE get that report too. The process then ends
// by its signal. If the fault is that a mapped file has no bytes there, the sentence names the file, and the process
// ends with exit code 74 (EX_IOERR of sysexits.h). Call this once, before other handlers are installed.
void hl_faults_install(void);

// Registers the file mapped to this many bytes from an address on. The path is displayed unchanged.
void hl_mapping_add(const void *base, size_t bytes, const char *path);
// Call this before the memory is unmapped.
void hl_mapping_remove(const void *base);

#endif
