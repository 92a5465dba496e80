// How the process ends when it crashes, and when a mapped file cannot be read any more: at once and in one sentence.
#ifndef HALFLIGHT_CKERNELS_FAULTS_H
#define HALFLIGHT_CKERNELS_FAULTS_H

#include <stddef.h>

// Has crashes told on standard error in one sentence, in the place of the Swift runtime's report, which takes the
// terminal and waits half a minute for a key; whoever sets SWIFT_BACKTRACE gets that report too. The process then ends
// by its signal. Where the fault is that a mapped file has no bytes there, the sentence names the file, and the process
// ends with exit code 74 (EX_IOERR of sysexits.h). To be called once, before other handlers are installed.
void hl_faults_install(void);

// Says which file is mapped to so many bytes from an address on. The path is shown as it is.
void hl_mapping_add(const void *base, size_t bytes, const char *path);
// To be called before the memory is unmapped.
void hl_mapping_remove(const void *base);

#endif
