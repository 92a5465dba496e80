// Included once for each element type, with T, PAIR (elements multiplied at once), ROWS, VECTORS, NAME, PROCESSOR_INLINE
// and MULTIPLY_ADD defined. The right factor is packed (depth, columns, PAIR), so that a product reads it in vectors of
// 16 columns and broadcasts from its left factor.

// c[rows][16 * vectors] (+)= a[rows][depth * PAIR] b, the accumulators in registers throughout.
ALWAYS PROCESSOR_INLINE void NAME(tile)(const T *a, int64_t a_stride, const T *b, int64_t b_columns, int64_t depth,
    float *c, int64_t c_stride, bool add, const int rows, const int vectors) {
  v16 sum[ROWS][VECTORS];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++)
      sum[i][j] = add ? *(const v16u *)(c + i * c_stride + j * 16) : (v16){0};
  for (int64_t k = 0; k < depth; k++) {
    const T *row = b + k * b_columns * PAIR;
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
      for (int j = 0; j < vectors; j++)
        MULTIPLY_ADD(sum[i][j], a + i * a_stride + k * PAIR, row + j * 16 * PAIR);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) *(v16u *)(c + i * c_stride + j * 16) = sum[i][j];
}

ALWAYS PROCESSOR_INLINE void NAME(columns)(const T *a, int64_t a_stride, const T *b, int64_t b_columns, int64_t depth,
    float *c, int64_t c_stride, int64_t columns, bool add, const int rows) {
  int64_t j = 0;
#if VECTORS >= 3
  for (; j + 48 <= columns; j += 48)
    NAME(tile)(a, a_stride, b + j * PAIR, b_columns, depth, c + j, c_stride, add, rows, 3);
#endif
#if VECTORS >= 2
  for (; j + 32 <= columns; j += 32)
    NAME(tile)(a, a_stride, b + j * PAIR, b_columns, depth, c + j, c_stride, add, rows, 2);
#endif
  for (; j < columns; j += 16)
    NAME(tile)(a, a_stride, b + j * PAIR, b_columns, depth, c + j, c_stride, add, rows, 1);
}

ALWAYS PROCESSOR_INLINE void NAME(product)(const T *a, int64_t a_stride, const T *b, int64_t b_columns, int64_t depth,
    float *c, int64_t c_stride, int64_t columns, bool add, int64_t rows) {
  for (; rows >= ROWS; rows -= ROWS, a += ROWS * a_stride, c += ROWS * c_stride)
    NAME(columns)(a, a_stride, b, b_columns, depth, c, c_stride, columns, add, ROWS);
#if ROWS > 4
  for (; rows >= 4; rows -= 4, a += 4 * a_stride, c += 4 * c_stride)
    NAME(columns)(a, a_stride, b, b_columns, depth, c, c_stride, columns, add, 4);
#endif
#if ROWS > 2
  for (; rows >= 2; rows -= 2, a += 2 * a_stride, c += 2 * c_stride)
    NAME(columns)(a, a_stride, b, b_columns, depth, c, c_stride, columns, add, 2);
#endif
  if (rows) NAME(columns)(a, a_stride, b, b_columns, depth, c, c_stride, columns, add, 1);
}

// The same, but never inlined.
__attribute__((unused)) PROCESSOR_INLINE static void NAME(whole_product)(const T *a, int64_t a_stride, const T *b,
    int64_t b_columns, int64_t depth, float *c, int64_t c_stride, int64_t columns, bool add, int64_t rows) {
  NAME(product)(a, a_stride, b, b_columns, depth, c, c_stride, columns, add, rows);
}
