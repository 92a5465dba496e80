// Uses oneDNN's OpenMP threads directly: a second pool would compete with the first for the cores.
#ifndef HALFLIGHT_PARALLEL_H
#define HALFLIGHT_PARALLEL_H

#include <stdint.h>

void GOMP_parallel(void (*)(void *), void *, unsigned, unsigned);
void GOMP_barrier(void);
int omp_get_thread_num(void);
int omp_get_num_threads(void);
int omp_get_max_threads(void);
void omp_set_num_threads(int);

static inline void parallel(void (*body)(void *), void *context) { GOMP_parallel(body, context, 0, 0); }

// The part of 0..<count that belongs to the calling thread.
static inline void share(int64_t count, int64_t *from, int64_t *to) {
  int64_t threads = omp_get_num_threads(), me = omp_get_thread_num();
  *from = count * me / threads;
  *to = count * (me + 1) / threads;
}

#endif
