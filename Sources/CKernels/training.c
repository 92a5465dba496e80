#include "CKernelsTraining.h"
#include "parallel.h"
#include "scalar.h"

// erf(x) to 1.5e-7 (Abramowitz & Stegun 7.1.26), given e^(-x^2).
ALWAYS float error_function(float x, float gaussian) {
  float a = x < 0 ? -x : x;
  float t = 1.0f / (1.0f + 0.3275911f * a);
  float p = 1.061405429f;
  p = p * t - 1.453152027f;
  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  float y = 1.0f - p * t * gaussian;
  return x < 0 ? -y : y;
}

// Phi(x), and the density of the normal distribution at x.
ALWAYS float normal_share(float x, float *density) {
  float gaussian = exponential(-0.5f * x * x);
  *density = 0.398942280f * gaussian;
  return 0.5f + 0.5f * error_function(x * 0.707106781f, gaussian);
}

ALWAYS float silu_slope(float x) {
  float s = 1.0f / (1.0f + exponential(-x));
  return s * (1.0f + x * (1.0f - s));
}

// The rows of a layer normalisation whose sums are kept together.
enum { NORM_ROWS = 64 };

size_t hl_group_norm_backward_scratch(int64_t n, int64_t channels) {
  return (size_t)((n * 2 + omp_get_max_threads() * 6) * channels);
}

size_t hl_layer_norm_backward_scratch(int64_t rows, int64_t channels) {
  return (size_t)((rows + NORM_ROWS - 1) / NORM_ROWS * 2 * channels);
}

// Adds `parts` rows of (2, channels) for the channels of this thread.
static void add_parts(const float *parts, int64_t count, int64_t channels, float *first, float *second) {
  int64_t from, to;
  share(channels, &from, &to);
  for (int64_t c = from; c < to; c++) first[c] = second[c] = 0;
  for (int64_t i = 0; i < count; i++) {
    const float *part = parts + i * 2 * channels;
    for (int64_t c = from; c < to; c++) first[c] += part[c], second[c] += part[channels + c];
  }
}

#define T float
#define LOAD load_f32
#define STORE store_f32
#define NAME(x) x##_f32
#define PROCESSOR FOR_EACH_PROCESSOR
#include "training.inc.h"
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
#include "training.inc.h"

typedef struct { const uint16_t *a, *b; uint16_t *out; int64_t count; } add_context;

FOR_BF16 static void add_range(const add_context *c, int64_t from, int64_t to) {
  for (int64_t i = from; i < to; i++) store_bf16(c->out + i, load_bf16(c->a + i) + load_bf16(c->b + i));
}

static void add_body(void *context) {
  const add_context *c = context;
  int64_t from, to;
  share(c->count, &from, &to);
  add_range(c, from, to);
}

void hl_add_bf16(const uint16_t *a, const uint16_t *b, uint16_t *out, int64_t count) {
  add_context c = {a, b, out, count};
  parallel(add_body, &c);
}

FOR_EACH_PROCESSOR void hl_silu_backward_f32(const float *x, const float *grad_out, float *grad_x, int64_t count) {
  for (int64_t i = 0; i < count; i++) grad_x[i] = grad_out[i] * silu_slope(x[i]);
}

FOR_EACH_PROCESSOR static void squared_error_rows(const hl_squared_error *e, int64_t from, int64_t to) {
#pragma clang fp reassociate(on) contract(fast)
  for (int64_t i = from; i < to; i++) {
    const float *p = e->prediction + i * e->count, *t = e->target + i * e->count;
    float *gradient = e->gradient + i * e->count, weight = e->weight[i], sum = 0;
    float scale = 2 * weight / (float)(e->n * e->count);
    for (int64_t j = 0; j < e->count; j++) {
      float d = p[j] - t[j];
      sum += d * d;
      gradient[j] = d * scale;
    }
    e->losses[i] = weight * sum / (float)e->count;
  }
}

static void squared_error_body(void *context) {
  const hl_squared_error *e = context;
  int64_t from, to;
  share(e->n, &from, &to);
  squared_error_rows(e, from, to);
}

void hl_squared_error_f32(const hl_squared_error *e) { parallel(squared_error_body, (void *)e); }

// ln(x) for 0 < x <= 1, to about 1e-6.
ALWAYS float logarithm(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  // The mantissa is in 0.707...1.414, where the series converges fastest.
  int32_t exponent = (int32_t)(bits - 0x3f3504f3u) >> 23;
  bits -= (uint32_t)exponent << 23;
  float m;
  memcpy(&m, &bits, 4);
  float s = (m - 1.0f) / (m + 1.0f), t = s * s;
  float p = 2.0f / 9.0f;
  p = p * t + 2.0f / 7.0f;
  p = p * t + 2.0f / 5.0f;
  p = p * t + 2.0f / 3.0f;
  p = p * t + 2.0f;
  return p * s + (float)exponent * 0.693147181f;
}

// The cosine and sine of a full turn times `turn`, which is from 0 to below 1.
ALWAYS float circle(float turn, float *sine) {
  float quarters = turn * 4.0f, whole = (float)(int32_t)(quarters + 0.5f);
  float x = (quarters - whole) * 1.57079633f, t = x * x;
  float s = x * (1.0f + t * (-1.0f / 6 + t * (1.0f / 120 + t * (-1.0f / 5040))));
  float c = 1.0f + t * (-0.5f + t * (1.0f / 24 + t * (-1.0f / 720 + t * (1.0f / 40320))));
  int32_t quadrant = (int32_t)whole & 3;
  float a = quadrant & 1 ? s : c, b = quadrant & 1 ? c : s;
  *sine = quadrant >= 2 ? -b : b;
  return quadrant == 1 || quadrant == 2 ? -a : a;
}

typedef struct { uint64_t seed; float *out; int64_t count; } noise_context;

FOR_EACH_PROCESSOR static void noise_pairs(uint64_t seed, float *out, int64_t from, int64_t to) {
  for (int64_t i = from; i < to; i++) {
    uint64_t z = seed + ((uint64_t)i + 1) * 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    z ^= z >> 31;
    // Above 0, so that the logarithm is finite.
    float u = ((float)(int32_t)(z >> 40) + 0.5f) * 0x1p-24f, turn = (float)(int32_t)((z >> 8) & 0xffffff) * 0x1p-24f;
    float sine, cosine = circle(turn, &sine), radius = square_root(-2.0f * logarithm(u));
    out[2 * i] = radius * cosine;
    out[2 * i + 1] = radius * sine;
  }
}

static void noise_body(void *context) {
  const noise_context *c = context;
  int64_t from, to;
  share(c->count / 2, &from, &to);
  noise_pairs(c->seed, c->out, from, to);
}

void hl_normal_noise(uint64_t seed, float *out, int64_t count) {
  noise_context c = {seed, out, count};
  parallel(noise_body, &c);
  if (count & 1) {
    float pair[2];
    noise_pairs(seed + (uint64_t)(count / 2) * 0x9e3779b97f4a7c15ull, pair, 0, 1);
    out[count - 1] = pair[0];
  }
}

// Tensors are divided into pieces of this many elements, so that small and large ones share the work evenly.
enum { PIECE = 1 << 15 };

static int64_t piece_count(const hl_learnt *tensors, int64_t count) {
  int64_t pieces = 0;
  for (int64_t i = 0; i < count; i++) pieces += (tensors[i].count + PIECE - 1) / PIECE;
  return pieces;
}

typedef struct {
  const hl_learnt *tensors;
  int64_t count;
  double *sums;
  const hl_adamw *adamw;
  void (*visit)(void *context, const hl_learnt *, int64_t piece, int64_t from, int64_t to);
} pieces_context;

static void pieces_body(void *context) {
  const pieces_context *c = context;
  int64_t from, to, piece = 0;
  share(piece_count(c->tensors, c->count), &from, &to);
  for (int64_t i = 0; i < c->count; i++)
    for (int64_t start = 0; start < c->tensors[i].count; start += PIECE, piece++)
      if (piece >= from && piece < to) {
        int64_t end = start + PIECE < c->tensors[i].count ? start + PIECE : c->tensors[i].count;
        c->visit(context, c->tensors + i, piece, start, end);
      }
}

FOR_EACH_PROCESSOR static double square_sum(const float *x, int64_t from, int64_t to) {
#pragma clang fp reassociate(on) contract(fast)
  float sum = 0;
  for (int64_t i = from; i < to; i++) sum += x[i] * x[i];
  return sum;
}

static void visit_squares(void *context, const hl_learnt *t, int64_t piece, int64_t from, int64_t to) {
  ((pieces_context *)context)->sums[piece] = square_sum(t->gradient, from, to);
}

size_t hl_gradient_square_sum_scratch(const hl_learnt *tensors, int64_t count) {
  return (size_t)piece_count(tensors, count);
}

double hl_gradient_square_sum(const hl_learnt *tensors, int64_t count, double *scratch) {
  pieces_context c = {tensors, count, scratch, 0, visit_squares};
  parallel(pieces_body, &c);
  double total = 0;
  for (int64_t i = 0, pieces = piece_count(tensors, count); i < pieces; i++) total += scratch[i];
  return total;
}

FOR_EACH_PROCESSOR static void adamw_range(const hl_learnt *t, const hl_adamw *a, int64_t from, int64_t to) {
#pragma clang fp reassociate(on) contract(fast)
  float *restrict value = t->value, *restrict gradient = t->gradient, *restrict first = t->first;
  float *restrict second = t->second, *restrict average = t->average;
  float shrink = 1 - (t->decays ? a->rate * a->decay : 0), step = a->rate / a->correction1;
  float inverse = 1 / a->correction2;
  for (int64_t i = from; i < to; i++) {
    float g = gradient[i] * a->gradient_scale;
    float m = first[i] + (g - first[i]) * (1 - a->beta1);
    float v = second[i] + (g * g - second[i]) * (1 - a->beta2);
    float x = value[i] * shrink - step * m / (square_root(v * inverse) + a->epsilon);
    first[i] = m;
    second[i] = v;
    value[i] = x;
    average[i] += (x - average[i]) * a->average_share;
  }
}

static void visit_adamw(void *context, const hl_learnt *t, int64_t piece, int64_t from, int64_t to) {
  (void)piece;
  adamw_range(t, ((pieces_context *)context)->adamw, from, to);
}

void hl_adamw_step(const hl_learnt *tensors, int64_t count, const hl_adamw *a) {
  pieces_context c = {tensors, count, 0, a, visit_adamw};
  parallel(pieces_body, &c);
}
