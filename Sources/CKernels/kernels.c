#include "CKernels.h"
#include "parallel.h"
#include "scalar.h"
#include <stdlib.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

bool hl_has_bf16(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
#else
  return false;
#endif
}

bool hl_prefers_bf16(void) {
#if defined(__x86_64__)
  if (!hl_has_bf16()) return false;
  if (__builtin_cpu_is("amd")) return true;
  // CPUID leaf 7, EDX bit 22: AMX-BF16.
  unsigned a, b, c, d;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d >> 22 & 1);
#else
  return false;
#endif
}

int hl_thread_count(void) { return omp_get_max_threads(); }
void hl_set_thread_count(int count) { omp_set_num_threads(count); }

void hl_share_cores(char **arguments) {
  static const char *const settings[] = {"GOMP_SPINCOUNT", "OMP_WAIT_POLICY"};
  for (unsigned i = 0; i < sizeof settings / sizeof *settings; i++)
    if (getenv(settings[i])) return;
  setenv(settings[0], "1000", 0);
  execv("/proc/self/exe", arguments);
}

// Statistics are summed in chunks of this many pixels, so that they do not depend on the number of threads.
enum { CHUNK = 32 };

static int64_t chunk_count(int64_t pixels) { return (pixels + CHUNK - 1) / CHUNK; }

size_t hl_group_norm_scratch(int64_t n, int64_t pixels, int64_t channels) {
  return (size_t)((n * chunk_count(pixels) + n) * channels * 2);
}

#define T float
#define LOAD load_f32
#define STORE store_f32
#define NAME(x) x##_f32
#define PROCESSOR FOR_EACH_PROCESSOR
#include "norms.inc.h"
#undef T
#undef LOAD
#undef STORE
#undef NAME
#undef PROCESSOR

#define T uint16_t
#define LOAD load_bf16
#define STORE store_bf16
#define NAME(x) x##_bf16
#define PROCESSOR FOR_BF16
#include "norms.inc.h"

static void upsample_body(void *context) {
  const hl_upsample *u = context;
  int64_t from, to, bytes = u->bytes_per_pixel;
  share(u->n * u->out_h, &from, &to);
  for (int64_t row = from; row < to; row++) {
    int64_t n = row / u->out_h, y = (row % u->out_h) * u->h / u->out_h;
    const char *source = (const char *)u->x + (n * u->h + y) * u->w * bytes;
    char *out = (char *)u->out + row * u->out_w * bytes;
    for (int64_t x = 0; x < u->out_w; x++) memcpy(out + x * bytes, source + x * u->w / u->out_w * bytes, (size_t)bytes);
  }
}

void hl_upsample_nearest(const hl_upsample *u) { parallel(upsample_body, (void *)u); }

static void scatter_body(void *context) {
  const hl_scatter *s = context;
  int64_t from, to, bytes = s->bytes_per_pixel;
  share(s->n * s->h, &from, &to);
  for (int64_t row = from; row < to; row++) {
    const char *source = (const char *)s->part + row * s->w * bytes;
    char *out = (char *)s->out + ((2 * row + s->dy) * 2 * s->w + s->dx) * bytes;
    for (int64_t x = 0; x < s->w; x++) memcpy(out + 2 * x * bytes, source + x * bytes, (size_t)bytes);
  }
}

void hl_scatter_pixels(const hl_scatter *s) { parallel(scatter_body, (void *)s); }

FOR_EACH_PROCESSOR void hl_add_f32(const float *a, const float *b, float *out, int64_t count) {
  for (int64_t i = 0; i < count; i++) out[i] = a[i] + b[i];
}

FOR_EACH_PROCESSOR void hl_silu_f32(const float *x, float *out, int64_t count) {
  for (int64_t i = 0; i < count; i++) out[i] = silu(x[i]);
}

FOR_EACH_PROCESSOR void hl_narrow(const float *x, uint16_t *out, int64_t count) {
  for (int64_t i = 0; i < count; i++) store_bf16(out + i, x[i]);
}

FOR_EACH_PROCESSOR void hl_widen(const uint16_t *x, float *out, int64_t count) {
  for (int64_t i = 0; i < count; i++) out[i] = load_bf16(x + i);
}

#if defined(__FLT16_MANT_DIG__)
typedef _Float16 half;
#else
typedef __fp16 half;
#endif

FOR_EACH_PROCESSOR static void widen_halves(const half *x, float *out, int64_t count) {
  for (int64_t i = 0; i < count; i++) out[i] = (float)x[i];
}

typedef struct { const half *x; float *out; int64_t count; } widen_context;

static void widen_body(void *context) {
  const widen_context *w = context;
  int64_t from, to;
  share(w->count, &from, &to);
  widen_halves(w->x + from, w->out + from, to - from);
}

void hl_widen_half(const void *x, float *out, int64_t count) {
  widen_context w = {x, out, count};
  // Threads are worth starting from about a megabyte on.
  if (count > 1 << 18) parallel(widen_body, &w);
  else widen_halves(x, out, count);
}

void hl_phase_weights(const float *whole, float *out, int64_t planes, int dy, int dx) {
  // The taps that apply to the first and to the second of the two pixels: 0 and 1 2, or 0 1 and 2.
  int row = dy ? 2 : 1, column = dx ? 2 : 1;
  for (int64_t plane = 0; plane < planes; plane++, whole += 9, out += 4) {
    float sums[2][2] = {{0}};
    for (int y = 0; y < 3; y++)
      for (int x = 0; x < 3; x++) sums[y >= row][x >= column] += whole[3 * y + x];
    memcpy(out, sums, sizeof sums);
  }
}

typedef struct { const char *x; char *out; int64_t bytes; } copy_context;

static void copy_body(void *context) {
  const copy_context *c = context;
  int64_t from, to;
  share(c->bytes / 64, &from, &to);
  memcpy(c->out + from * 64, c->x + from * 64, (size_t)((to - from) * 64));
}

void hl_copy(const void *x, void *out, int64_t bytes) {
  copy_context c = {x, out, bytes};
  parallel(copy_body, &c);
  memcpy((char *)out + bytes / 64 * 64, (const char *)x + bytes / 64 * 64, (size_t)(bytes % 64));
}
