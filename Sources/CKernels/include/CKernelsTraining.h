// What training needs besides oneDNN: the backward halves of CKernels.h, the loss, and the optimizer. Gradients are
// stored in the format of their values; sums over pixels, rows and pictures are float32 and are added in an order that
// does not depend on the number of threads.
#ifndef HALFLIGHT_CKERNELS_TRAINING_H
#define HALFLIGHT_CKERNELS_TRAINING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The backward half of hl_group_norm. Statistics are computed again from the inputs, since a picture's slab is in the
// cache.
typedef struct {
  const void *first;         // (n, pixels, c_first)
  const void *second;        // (n, pixels, c_second), or NULL
  const float *addend;       // (n, addend_stride), or NULL
  const float *gamma, *beta;
  const void *grad_out;      // (n, pixels, c_first + c_second)
  void *grad_first;          // (n, pixels, c_first), or NULL if not needed
  void *grad_second;         // (n, pixels, c_second), or NULL
  float *grad_addend;        // (n, addend_stride), or NULL
  float *grad_gamma, *grad_beta;
  float *scratch;            // hl_group_norm_backward_scratch() floats
  int64_t n, pixels, c_first, c_second, addend_stride;
  int groups;
  float epsilon;
  bool silu;
  bool add_first, add_second;  // add to the existing gradients
} hl_group_norm_backward;
size_t hl_group_norm_backward_scratch(int64_t n, int64_t channels);
void hl_group_norm_backward_f32(const hl_group_norm_backward *);
void hl_group_norm_backward_bf16(const hl_group_norm_backward *);

// The backward half of hl_layer_norm.
typedef struct {
  const void *x, *grad_out;
  const float *gamma;
  void *grad_x;
  float *grad_gamma, *grad_beta;
  float *scratch;            // hl_layer_norm_backward_scratch() floats
  int64_t rows, channels;
  float epsilon;
  bool add;                  // add to the existing grad_x
} hl_layer_norm_backward;
size_t hl_layer_norm_backward_scratch(int64_t rows, int64_t channels);
void hl_layer_norm_backward_f32(const hl_layer_norm_backward *);
void hl_layer_norm_backward_bf16(const hl_layer_norm_backward *);

// The backward half of hl_attention, in float32 internally: scores are computed again for one tile of queries at a time
// (Dao et al. 2022, algorithm 4).
typedef struct {
  const void *q, *k, *v;             // as in hl_attention
  const void *grad_out;              // (n, t_q, out_stride)
  const float *mask;
  void *grad_q, *grad_k, *grad_v;    // with the strides of q, k and v
  float *scratch;                    // hl_attention_backward_scratch() bytes
  int64_t n, heads, t_q, t_k, dim;
  int64_t q_stride, k_stride, v_stride, out_stride;
  float scale;
} hl_attention_backward;
size_t hl_attention_backward_scratch(const hl_attention_backward *);
void hl_attention_backward_f32(const hl_attention_backward *);
void hl_attention_backward_bf16(const hl_attention_backward *);

// gelu(gate) * factor, with the error function's GELU, and its gradients.
void hl_gelu_times_f32(const float *gate, const float *factor, float *out, int64_t count);
void hl_gelu_times_bf16(const uint16_t *gate, const uint16_t *factor, uint16_t *out, int64_t count);
void hl_gelu_times_backward_f32(const float *gate, const float *factor, const float *grad_out,
    float *grad_gate, float *grad_factor, int64_t count);
void hl_gelu_times_backward_bf16(const uint16_t *gate, const uint16_t *factor, const uint16_t *grad_out,
    uint16_t *grad_gate, uint16_t *grad_factor, int64_t count);

void hl_silu_backward_f32(const float *x, const float *grad_out, float *grad_x, int64_t count);

void hl_add_bf16(const uint16_t *a, const uint16_t *b, uint16_t *out, int64_t count);

// The backward half of nearest-neighbour enlargement: every pixel collects the gradients of its copies.
typedef struct {
  const void *grad_out;   // (n, out_h, out_w, channels)
  void *grad_x;           // (n, h, w, channels)
  int64_t n, h, w, out_h, out_w, channels;
} hl_upsample_backward;
void hl_upsample_backward_f32(const hl_upsample_backward *);
void hl_upsample_backward_bf16(const hl_upsample_backward *);

// Normally distributed numbers that depend only on the seed and their index: SplitMix64 (Steele, Lea & Flood 2014) at
// every second index, through the transform of Box & Muller 1958.
void hl_normal_noise(uint64_t seed, float *out, int64_t count);

// losses[i] = weight[i] * mean((prediction - target)^2) of picture i, and the gradient of their mean.
typedef struct {
  const float *prediction, *target;  // (n, count)
  const float *weight;               // (n)
  float *losses;                     // (n)
  float *gradient;                   // (n, count)
  int64_t n, count;
} hl_squared_error;
void hl_squared_error_f32(const hl_squared_error *);

// A trained tensor with its gradient and the optimizer's state, all of `count` elements.
typedef struct {
  float *value, *gradient, *first, *second, *average;
  int64_t count;
  bool decays;
} hl_learnt;

// The sum of the squares of all gradients.
double hl_gradient_square_sum(const hl_learnt *tensors, int64_t count, double *scratch);
size_t hl_gradient_square_sum_scratch(const hl_learnt *tensors, int64_t count);

// One step of AdamW (Loshchilov & Hutter 2019) on every tensor, and of the moving average of its values.
typedef struct {
  float rate, beta1, beta2, epsilon, decay;
  float correction1, correction2;    // 1 - beta^step
  float gradient_scale;              // for clipping
  float average_share;               // the share of the new value in the moving average
} hl_adamw;
void hl_adamw_step(const hl_learnt *tensors, int64_t count, const hl_adamw *);

#endif
