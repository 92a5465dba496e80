// What transformers need besides CKernels.h. Tokens are rows, channels last, as there.
#ifndef HALFLIGHT_CKERNELS_TRANSFORMER_H
#define HALFLIGHT_CKERNELS_TRANSFORMER_H

#include <stdint.h>

// Rows divided by their root mean square (Zhang & Sennrich 2019), times a scale for each channel.
typedef struct {
  const void *x;
  const float *gamma;
  void *out;
  int64_t rows, channels;
  float epsilon;
} hl_rms_norm;
void hl_rms_norm_f32(const hl_rms_norm *);
void hl_rms_norm_bf16(const hl_rms_norm *);

// Copies the heads in some columns of a tensor to the tokens and columns of another one; optionally, each head is
// divided by its root mean square and rotated by its token's position (Su et al. 2021). Channel j of a head is rotated
// together with channel j + dim / 2.
typedef struct {
  const void *x;                 // (n, tokens, x_stride), head h at columns h * dim
  const float *gamma;            // (dim), or NULL to keep the heads' length
  const float *cosines, *sines;  // (tokens, dim / 2), or NULL for no rotation
  void *out;                     // (n, out_tokens, out_stride), head h at columns h * dim
  int64_t n, tokens, heads, dim; // an even dim, at most HL_LARGEST_HEAD
  int64_t x_stride, out_stride, out_tokens;
  int64_t first_token;           // of each picture's out_tokens
  float epsilon;
} hl_heads;
enum { HL_LARGEST_HEAD = 512 };
void hl_place_heads_f32(const hl_heads *);
void hl_place_heads_bf16(const hl_heads *);

#endif
