// The few operations of a diffusion network that oneDNN lacks or that are faster in one pass over memory. Tensors are
// channels last, rows = N*H*W; each kernel exists for float32 and for bfloat16 (stored as uint16_t). Statistics and
// accumulations are always float32. All kernels run on oneDNN's own OpenMP threads.
#ifndef HALFLIGHT_CKERNELS_H
#define HALFLIGHT_CKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Whether the processor multiplies bfloat16 pairs (AVX-512 BF16).
bool hl_has_bf16(void);
// Whether bfloat16 is also the faster format. Intel's processors without AMX multiply pairs at less than the speed of
// float32 (Emerald Rapids: 145 against 220 GFLOP/s on two cores).
bool hl_prefers_bf16(void);
int hl_thread_count(void);
void hl_set_thread_count(int count);
// Restarts the program with threads that soon sleep when they wait for each other; OpenMP reads this setting only when
// it is loaded. Returns if it is already set, or if that fails.
void hl_share_cores(char **arguments);

// Group normalisation (Wu & He 2018) of the channels of up to two concatenated tensors, with an optional addend per
// picture and channel before it and SiLU after it.
typedef struct {
  const void *first;       // (n, pixels, c_first)
  const void *second;      // (n, pixels, c_second), or NULL
  const float *addend;     // (n, addend_stride), or NULL
  const float *gamma, *beta;
  void *out;               // (n, pixels, c_first + c_second)
  float *scratch;          // hl_group_norm_scratch() floats
  int64_t n, pixels, c_first, c_second, addend_stride;
  int groups;
  float epsilon;
  bool silu;
} hl_group_norm;
size_t hl_group_norm_scratch(int64_t n, int64_t pixels, int64_t channels);
void hl_group_norm_f32(const hl_group_norm *);
void hl_group_norm_bf16(const hl_group_norm *);

// Layer normalisation (Ba et al. 2016) of rows.
typedef struct {
  const void *x;
  const float *gamma, *beta;
  void *out;
  int64_t rows, channels;
  float epsilon;
} hl_layer_norm;
void hl_layer_norm_f32(const hl_layer_norm *);
void hl_layer_norm_bf16(const hl_layer_norm *);

// softmax(scale * Q K^T + mask + bias) V for every picture and head, without storing more than a tile of scores (the
// online softmax of Milakov & Gimelshein 2018, tiled as in Dao et al. 2022).
typedef struct {
  const void *q, *k, *v;   // (n, t_q, ...) and (n, t_k, ...), head h at columns h * dim
  void *out;               // (n, t_q, ...)
  const float *mask;       // (n, t_k) added to the scores, or NULL
  const float *bias;       // (heads, t_k, t_q) added to the scores of every picture, or NULL
  void *scratch;           // hl_attention_scratch() bytes
  int64_t n, heads, t_q, t_k, dim;
  int64_t q_stride, k_stride, v_stride, out_stride;  // elements from one token to the next
  float scale;
  bool causal;             // a query attends only to keys up to its own position
  // The work of one call: a range of all n * heads heads, and for each of them a range of all t_q queries.
  int64_t first_head, head_count, first_query, query_count;
} hl_attention;
size_t hl_attention_scratch(const hl_attention *);
void hl_attention_f32(const hl_attention *);
void hl_attention_bf16(const hl_attention *);  // an even dim

// The mean over the heads of softmax(scale * Q K^T + mask): how much each query attends to each key.
typedef struct {
  const void *q, *k;       // (n, t_q, ...) and (n, t_k, ...), head h at columns h * dim
  float *out;              // (n, t_q, t_k)
  const float *mask;       // (n, t_k) added to the scores, or NULL
  void *scratch;           // hl_attention_map_scratch() bytes
  int64_t n, heads, t_q, t_k, dim;
  int64_t q_stride, k_stride;  // elements from one token to the next
  float scale;
  int64_t first_query, query_count;  // the range of queries that one call computes for every picture
} hl_attention_map;
size_t hl_attention_map_scratch(const hl_attention_map *);
void hl_attention_map_f32(const hl_attention_map *);
void hl_attention_map_bf16(const hl_attention_map *);  // an even dim

// Nearest-neighbour enlargement of (n, h, w, c) to (n, out_h, out_w, c).
typedef struct {
  const void *x;
  void *out;
  int64_t n, h, w, out_h, out_w, bytes_per_pixel;
} hl_upsample;
void hl_upsample_nearest(const hl_upsample *);

// Copies the pixels of a tensor (n, h, w, c) into one of (n, 2h, 2w, c), at rows 2y + dy and columns 2x + dx.
typedef struct {
  const void *part;
  void *out;
  int64_t n, h, w, bytes_per_pixel;
  int64_t dy, dx;
} hl_scatter;
void hl_scatter_pixels(const hl_scatter *);

void hl_add_f32(const float *a, const float *b, float *out, int64_t count);
void hl_silu_f32(const float *x, float *out, int64_t count);
void hl_narrow(const float *x, uint16_t *out, int64_t count);
void hl_widen(const uint16_t *x, float *out, int64_t count);
// Requests large pages for memory that has not been written to yet, if the system has them.
void hl_prefer_large_pages(void *base, size_t bytes);
// For each of several planes, the 2x2 weights equivalent to its 3x3 weights at the pixels dy, dx of every four of a
// picture whose pixels are repeated twice in both directions.
void hl_phase_weights(const float *whole, float *out, int64_t planes, int dy, int dx);
// The rounds of SHA-256 (FIPS 180-4, section 6.2.2) for blocks of 64 bytes by the processor's own instructions, with
// the 64 constants; false if it has none, and then nothing was done.
bool hl_sha256(uint32_t *state, const uint32_t *constants, const void *data, int64_t blocks);
// Releases freed memory that the heap still keeps.
void hl_trim_heap(void);
// IEEE binary16 to binary32; the source need not be aligned.
void hl_widen_half(const void *x, float *out, int64_t count);

// Numbers in blocks of 32: integers from -127 to 127 times their block's scale, which is the upper half of a float32.
// Like GGML's Q8_0, except for the scale's format and the separate arrays of values and scales.
enum { HL_BLOCK = 32 };
typedef struct {
  void *numbers;      // count float32 or bfloat16
  bool is_bf16;
  int8_t *values;     // count
  uint16_t *scales;   // one for each started block
  int64_t count;
} hl_blocks;
void hl_to_blocks(const hl_blocks *);
void hl_from_blocks(const hl_blocks *);
void hl_copy(const void *x, void *out, int64_t bytes);

#endif
