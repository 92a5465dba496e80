#include "CKernels.h"

#if defined(__linux__)
#include <malloc.h>
#include <sys/mman.h>
#endif

void hl_prefer_large_pages(void *base, size_t bytes) {
#if defined(__linux__)
  const uintptr_t page = 2 << 20;
  uintptr_t from = ((uintptr_t)base + page - 1) & ~(page - 1), to = ((uintptr_t)base + bytes) & ~(page - 1);
  if (to > from) madvise((void *)from, to - from, MADV_HUGEPAGE);
#else
  (void)base, (void)bytes;
#endif
}

void hl_trim_heap(void) {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}
