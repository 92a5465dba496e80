// Scalar arithmetic written so that the compiler can vectorise loops over it.
#ifndef HALFLIGHT_SCALAR_H
#define HALFLIGHT_SCALAR_H

#include <stdint.h>
#include <string.h>

#define ALWAYS static inline __attribute__((always_inline))

#if defined(__x86_64__)
#define FOR_EACH_PROCESSOR __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#define FOR_BF16 \
  __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,avx2,fma,bmi,bmi2")))
#else
#define FOR_EACH_PROCESSOR
#define FOR_BF16
#endif

// The processor's own square root: the C library's sets errno, which prevents vectorisation.
ALWAYS float square_root(float x) { return __builtin_elementwise_sqrt(x); }

// e^x to about 1 unit in the last place: 2^n times a polynomial in the rest (Cody & Waite's reduction).
ALWAYS float exponential(float x) {
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  float shifted = x * 1.44269504f + 12582912.0f;  // 1.5 * 2^23 rounds to the nearest whole number
  float n = shifted - 12582912.0f;
  float r = x - n * 0.693359375f + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  int32_t whole;
  memcpy(&whole, &shifted, 4);
  uint32_t bits = (uint32_t)(whole + 127) << 23;
  float power;
  memcpy(&power, &bits, 4);
  return p * power;
}

ALWAYS float silu(float x) { return x / (1.0f + exponential(-x)); }

ALWAYS float load_f32(const float *p) { return *p; }
ALWAYS void store_f32(float *p, float x) { *p = x; }

ALWAYS float load_bf16(const uint16_t *p) {
  uint32_t bits = (uint32_t)*p << 16;
  float x;
  memcpy(&x, &bits, 4);
  return x;
}

// Rounds to the nearest, ties to even, like the processor's own conversion.
ALWAYS void store_bf16(uint16_t *p, float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  *p = (uint16_t)((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

#endif
