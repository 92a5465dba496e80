// A common interface to oneDNN 2.x and 3.x. Version 3 dropped operation descriptors and made memory descriptors opaque;
// nothing outside this file may depend on the version.
#ifndef HALFLIGHT_ONEDNN_H
#define HALFLIGHT_ONEDNN_H

#include <oneapi/dnnl/dnnl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define HL_DNNL_V3 (DNNL_VERSION_MAJOR >= 3)

#if HL_DNNL_V3
typedef const_dnnl_memory_desc_t hl_md_ref;
typedef dnnl_memory_desc_t hl_md;
#define HL_REF(md) (md)
static inline void hl_md_free(hl_md md) {
  if (md) dnnl_memory_desc_destroy(md);
}
#else
typedef const dnnl_memory_desc_t *hl_md_ref;
typedef dnnl_memory_desc_t hl_md;
#define HL_REF(md) (&(md))
static inline void hl_md_free(hl_md md) { (void)md; }
#endif

typedef enum { hl_f32 = 0, hl_bf16 = 1 } hl_type;
typedef enum {
  hl_none = 0, hl_silu = 1, hl_gelu = 2, hl_quick_gelu = 3, hl_relu = 4, hl_tanh_gelu = 5
} hl_activation;

static inline dnnl_data_type_t hl_dt(hl_type t) { return t == hl_bf16 ? dnnl_bf16 : dnnl_f32; }

static inline dnnl_status_t hl_md_tag(
    hl_md *md, int n, const int64_t *dims, dnnl_data_type_t dt, dnnl_format_tag_t tag) {
  dnnl_dims_t d;
  for (int i = 0; i < n; i++) d[i] = dims[i];
#if HL_DNNL_V3
  return dnnl_memory_desc_create_with_tag(md, n, d, dt, tag);
#else
  return dnnl_memory_desc_init_by_tag(md, n, d, dt, tag);
#endif
}

static inline dnnl_status_t hl_md_strided(
    hl_md *md, int n, const int64_t *dims, dnnl_data_type_t dt, const int64_t *strides) {
  dnnl_dims_t d, s;
  for (int i = 0; i < n; i++) d[i] = dims[i], s[i] = strides[i];
#if HL_DNNL_V3
  return dnnl_memory_desc_create_with_strides(md, n, d, dt, s);
#else
  return dnnl_memory_desc_init_by_strides(md, n, d, dt, s);
#endif
}

static inline size_t hl_md_size(hl_md_ref md) { return dnnl_memory_desc_get_size(md); }

static inline dnnl_status_t hl_memory(
    dnnl_memory_t *memory, hl_md_ref md, dnnl_engine_t engine, void *handle) {
  return dnnl_memory_create(memory, md, engine, handle);
}

// A copy of values from one layout and type to another, prepared once.
typedef struct {
  dnnl_primitive_desc_t pd;
  dnnl_primitive_t primitive;
  dnnl_exec_arg_t args[2];
} hl_reorder;

static inline void hl_reorder_destroy(hl_reorder *r) {
  for (int i = 0; i < 2; i++)
    if (r->args[i].memory) dnnl_memory_destroy(r->args[i].memory);
  if (r->primitive) dnnl_primitive_destroy(r->primitive);
  if (r->pd) dnnl_primitive_desc_destroy(r->pd);
  memset(r, 0, sizeof *r);
}

static inline dnnl_status_t hl_reorder_create(hl_reorder *r, dnnl_engine_t engine, hl_md_ref from, void *source,
    hl_md_ref to, void *target, dnnl_primitive_attr_t attr) {
  memset(r, 0, sizeof *r);
  dnnl_status_t st = dnnl_reorder_primitive_desc_create(&r->pd, from, engine, to, engine, attr);
  if (st == dnnl_success) st = dnnl_primitive_create(&r->primitive, r->pd);
  r->args[0].arg = DNNL_ARG_FROM;
  r->args[1].arg = DNNL_ARG_TO;
  if (st == dnnl_success) st = hl_memory(&r->args[0].memory, from, engine, source);
  if (st == dnnl_success) st = hl_memory(&r->args[1].memory, to, engine, target);
  return st;
}

static inline dnnl_status_t hl_reorder_run(const hl_reorder *r, dnnl_stream_t stream) {
  return dnnl_primitive_execute(r->primitive, stream, 2, r->args);
}

// A convolution (kernel > 0) or a matrix product (kernel == 0) with everything fused into it: dst = act(src * weights +
// bias [+ accumulate_scale * dst]) [* factor]
typedef struct {
  hl_type src_type, weights_type, dst_type;
  int64_t n, h, w, c_in, c_out;      // matrix product: n rows, c_in, c_out; h = w = 1
  int64_t kernel, stride, pad_top, pad_left, pad_bottom, pad_right;
  int64_t dst_h, dst_w;
  bool bias;
  bool accumulate;                   // add to the contents of dst, times accumulate_scale
  float accumulate_scale;
  hl_activation activation;
  bool multiply;                     // multiply by a tensor of dst's shape
  int64_t src_stride, dst_stride;    // elements from one row to the next; matrix products only
  bool learns;                       // has backward halves, which read the same inputs
} hl_spec;

typedef struct {
  dnnl_primitive_desc_t pd;
  dnnl_primitive_t primitive;
  hl_spec spec;
  dnnl_exec_arg_t args[6];
  int arg_count;
  bool is_blocked;                   // computed on copies with channels in blocks
  hl_reorder before, after;          // the primitives that make these copies
} hl_op;

static inline dnnl_status_t hl_attributes(dnnl_primitive_attr_t *attr, const hl_spec *s, hl_md *factor) {
  dnnl_post_ops_t ops;
  dnnl_status_t st = dnnl_primitive_attr_create(attr);
  if (st != dnnl_success) return st;
  dnnl_primitive_attr_set_scratchpad_mode(*attr, dnnl_scratchpad_mode_user);
  st = dnnl_post_ops_create(&ops);
  if (st != dnnl_success) return st;
  dnnl_alg_kind_t act = s->activation == hl_gelu ? dnnl_eltwise_gelu_erf
      : s->activation == hl_tanh_gelu ? dnnl_eltwise_gelu_tanh
      : s->activation == hl_relu ? dnnl_eltwise_relu : dnnl_eltwise_swish;
  // x * sigmoid(alpha * x); for a rectifier, the factor of values below zero.
  float alpha = s->activation == hl_quick_gelu ? 1.702f : s->activation == hl_relu ? 0.0f : 1.0f;
#if HL_DNNL_V3
  if (s->accumulate) st = dnnl_post_ops_append_sum(ops, s->accumulate_scale, 0, dnnl_data_type_undef);
  if (st == dnnl_success && s->activation != hl_none) st = dnnl_post_ops_append_eltwise(ops, act, alpha, 0.0f);
  if (st == dnnl_success && s->multiply) st = dnnl_post_ops_append_binary(ops, dnnl_binary_mul, *factor);
#else
  if (s->accumulate) st = dnnl_post_ops_append_sum(ops, s->accumulate_scale);
  if (st == dnnl_success && s->activation != hl_none) st = dnnl_post_ops_append_eltwise(ops, 1.0f, act, alpha, 0.0f);
  if (st == dnnl_success && s->multiply) st = dnnl_post_ops_append_binary(ops, dnnl_binary_mul, factor);
#endif
  if (st == dnnl_success) st = dnnl_primitive_attr_set_post_ops(*attr, ops);
  dnnl_post_ops_destroy(ops);
  return st;
}

static inline dnnl_status_t hl_convolution_pd(
    hl_op *op, dnnl_engine_t engine, dnnl_primitive_attr_t attr, dnnl_format_tag_t tag) {
  const hl_spec *s = &op->spec;
  int64_t src[4] = {s->n, s->c_in, s->h, s->w}, dst[4] = {s->n, s->c_out, s->dst_h, s->dst_w};
  int64_t weights[4] = {s->c_out, s->c_in, s->kernel, s->kernel}, bias[1] = {s->c_out};
  hl_md m_src, m_w, m_b, m_dst;
  dnnl_status_t st = hl_md_tag(&m_src, 4, src, hl_dt(s->src_type), tag);
  if (st == dnnl_success) st = hl_md_tag(&m_w, 4, weights, hl_dt(s->weights_type), dnnl_format_tag_any);
  if (st == dnnl_success) st = hl_md_tag(&m_b, 1, bias, dnnl_f32, dnnl_a);
  if (st == dnnl_success) st = hl_md_tag(&m_dst, 4, dst, hl_dt(s->dst_type), tag);
  if (st != dnnl_success) return st;
  dnnl_dims_t strides = {s->stride, s->stride}, dilates = {0, 0};
  dnnl_dims_t low = {s->pad_top, s->pad_left}, high = {s->pad_bottom, s->pad_right};
#if HL_DNNL_V3
  st = dnnl_convolution_forward_primitive_desc_create(&op->pd, engine, dnnl_forward_inference,
      dnnl_convolution_direct, m_src, m_w, s->bias ? m_b : NULL, m_dst, strides, dilates, low, high, attr);
#else
  dnnl_convolution_desc_t desc;
  st = dnnl_dilated_convolution_forward_desc_init(&desc, dnnl_forward_inference, dnnl_convolution_direct,
      &m_src, &m_w, s->bias ? &m_b : NULL, &m_dst, strides, dilates, low, high);
  if (st == dnnl_success) st = dnnl_primitive_desc_create(&op->pd, &desc, attr, engine, NULL);
#endif
  hl_md_free(m_src), hl_md_free(m_w), hl_md_free(m_b), hl_md_free(m_dst);
  return st;
}

static inline dnnl_status_t hl_matmul_pd(hl_op *op, dnnl_engine_t engine, dnnl_primitive_attr_t attr) {
  const hl_spec *s = &op->spec;
  int64_t src[2] = {s->n, s->c_in}, weights[2] = {s->c_in, s->c_out}, bias[2] = {1, s->c_out};
  int64_t dst[2] = {s->n, s->c_out}, src_strides[2] = {s->src_stride, 1}, dst_strides[2] = {s->dst_stride, 1};
  hl_md m_src, m_w, m_b, m_dst;
  dnnl_status_t st = hl_md_strided(&m_src, 2, src, hl_dt(s->src_type), src_strides);
  if (st == dnnl_success) st = hl_md_tag(&m_w, 2, weights, hl_dt(s->weights_type), dnnl_format_tag_any);
  if (st == dnnl_success) st = hl_md_tag(&m_b, 2, bias, dnnl_f32, dnnl_ab);
  if (st == dnnl_success) st = hl_md_strided(&m_dst, 2, dst, hl_dt(s->dst_type), dst_strides);
  if (st != dnnl_success) return st;
#if HL_DNNL_V3
  st = dnnl_matmul_primitive_desc_create(&op->pd, engine, m_src, m_w, s->bias ? m_b : NULL, m_dst, attr);
#else
  dnnl_matmul_desc_t desc;
  st = dnnl_matmul_desc_init(&desc, &m_src, &m_w, s->bias ? &m_b : NULL, &m_dst);
  if (st == dnnl_success) st = dnnl_primitive_desc_create(&op->pd, &desc, attr, engine, NULL);
#endif
  hl_md_free(m_src), hl_md_free(m_w), hl_md_free(m_b), hl_md_free(m_dst);
  return st;
}

static inline hl_md_ref hl_op_md(const hl_op *op, dnnl_query_t what) {
  return dnnl_primitive_desc_query_md(op->pd, what, 0);
}

static inline const char *hl_op_implementation(const hl_op *op) {
  const char *name = NULL;
  dnnl_primitive_desc_query(op->pd, dnnl_query_impl_info_str, 0, (void *)&name);
  return name ? name : "";
}

// For a picture larger than the cache near a core, oneDNN's AVX2 convolutions reach half of the processor's peak if a
// pixel's channels are contiguous, and nearly all of it if they are in blocks of 8. In that case the picture is copied
// before and after, which takes an eighth of the time that it saves. If a blocked primitive exists, it replaces the
// plain one; otherwise the plain one stays.
static inline void hl_convolution_block(hl_op *op, dnnl_engine_t engine) {
  const hl_spec *s = &op->spec;
  const int64_t cached = 1 << 19;  // numbers; measured: in smaller pictures, the copies cost as much as they save
  bool is_large = s->kernel > 1 && s->h * s->w * s->c_in >= cached && s->c_in % 8 == 0 && s->c_out % 8 == 0;
  // Nothing may follow the sum, because the last copy does the addition.
  bool is_plain = !s->learns && !s->multiply && !(s->accumulate && s->activation != hl_none);
  if (!is_large || !is_plain || s->src_type != hl_f32 || s->dst_type != hl_f32) return;
  if (strcmp(hl_op_implementation(op), "jit:avx2") != 0) return;
  hl_op blocked = *op;
  hl_spec alone = *s;
  alone.accumulate = false;
  dnnl_primitive_attr_t attr = NULL;
  dnnl_status_t st = hl_attributes(&attr, &alone, NULL);
  if (st == dnnl_success) st = hl_convolution_pd(&blocked, engine, attr, dnnl_nChw8c);
  if (attr) dnnl_primitive_attr_destroy(attr);
  if (st != dnnl_success) return;
  if (strcmp(hl_op_implementation(&blocked), "jit:avx2") != 0) {
    dnnl_primitive_desc_destroy(blocked.pd);
    return;
  }
  dnnl_primitive_desc_destroy(op->pd);
  *op = blocked;
  op->is_blocked = true;
}

// Prepares the primitive; its weights' layout and scratch size are available afterwards.
static inline dnnl_status_t hl_op_create(hl_op *op, dnnl_engine_t engine, const hl_spec *spec) {
  memset(op, 0, sizeof *op);
  op->spec = *spec;
  dnnl_primitive_attr_t attr = NULL;
  hl_md factor;
  int64_t dims[4] = {spec->n, spec->c_out, spec->dst_h, spec->dst_w};
  dnnl_status_t st = spec->kernel > 0
      ? hl_md_tag(&factor, 4, dims, hl_dt(spec->dst_type), dnnl_nhwc)
      : hl_md_tag(&factor, 2, dims, hl_dt(spec->dst_type), dnnl_ab);
  if (st == dnnl_success) st = hl_attributes(&attr, spec, &factor);
  if (st == dnnl_success)
    st = spec->kernel > 0 ? hl_convolution_pd(op, engine, attr, dnnl_nhwc) : hl_matmul_pd(op, engine, attr);
  hl_md_free(factor);
  if (attr) dnnl_primitive_attr_destroy(attr);
  if (st == dnnl_success && spec->kernel > 0) hl_convolution_block(op, engine);
  if (st == dnnl_success) st = dnnl_primitive_create(&op->primitive, op->pd);
  return st;
}

static inline size_t hl_op_weights_size(const hl_op *op) { return hl_md_size(hl_op_md(op, dnnl_query_weights_md)); }
static inline size_t hl_whole_lines(size_t bytes) { return (bytes + 63) / 64 * 64; }
static inline size_t hl_op_own_scratch_size(const hl_op *op) {
  return hl_md_size(hl_op_md(op, dnnl_query_scratchpad_md));
}
// The primitive's own scratch memory, then its copies of the source and of the result.
static inline size_t hl_op_scratch_size(const hl_op *op) {
  size_t own = hl_op_own_scratch_size(op);
  if (!op->is_blocked) return own;
  return hl_whole_lines(own) + hl_whole_lines(hl_md_size(hl_op_md(op, dnnl_query_src_md)))
      + hl_md_size(hl_op_md(op, dnnl_query_dst_md));
}

// Whether two operations need their weights in the same layout.
static inline bool hl_op_same_weights(const hl_op *a, const hl_op *b) {
  return dnnl_memory_desc_equal(hl_op_md(a, dnnl_query_weights_md), hl_op_md(b, dnnl_query_weights_md)) != 0;
}

// Packs float32 weights, (out, in, k, k) or (out, in), into the operation's layout.
static inline dnnl_status_t hl_op_pack(
    const hl_op *op, dnnl_engine_t engine, dnnl_stream_t stream, const float *plain, void *packed) {
  const hl_spec *s = &op->spec;
  hl_md from;
  dnnl_status_t st;
  if (s->kernel > 0) {
    int64_t dims[4] = {s->c_out, s->c_in, s->kernel, s->kernel};
    st = hl_md_tag(&from, 4, dims, dnnl_f32, dnnl_oihw);
  } else {
    int64_t dims[2] = {s->c_in, s->c_out};
    st = hl_md_tag(&from, 2, dims, dnnl_f32, dnnl_ba);
  }
  if (st != dnnl_success) return st;
  hl_md_ref to = hl_op_md(op, dnnl_query_weights_md);
  dnnl_primitive_desc_t pd = NULL;
  dnnl_primitive_t reorder = NULL;
  dnnl_memory_t a = NULL, b = NULL;
  st = dnnl_reorder_primitive_desc_create(&pd, HL_REF(from), engine, to, engine, NULL);
  if (st == dnnl_success) st = dnnl_primitive_create(&reorder, pd);
  if (st == dnnl_success) st = hl_memory(&a, HL_REF(from), engine, (void *)plain);
  if (st == dnnl_success) st = hl_memory(&b, to, engine, packed);
  if (st == dnnl_success) {
    dnnl_exec_arg_t args[2] = {{DNNL_ARG_FROM, a}, {DNNL_ARG_TO, b}};
    st = dnnl_primitive_execute(reorder, stream, 2, args);
  }
  if (st == dnnl_success) st = dnnl_stream_wait(stream);
  if (a) dnnl_memory_destroy(a);
  if (b) dnnl_memory_destroy(b);
  if (reorder) dnnl_primitive_destroy(reorder);
  if (pd) dnnl_primitive_desc_destroy(pd);
  hl_md_free(from);
  return st;
}

static inline dnnl_status_t hl_op_bind_one(hl_op *op, dnnl_engine_t engine, int arg, hl_md_ref md, void *p) {
  dnnl_memory_t memory = NULL;
  dnnl_status_t st = hl_memory(&memory, md, engine, p);
  if (st == dnnl_success) op->args[op->arg_count++] = (dnnl_exec_arg_t){arg, memory};
  return st;
}

// Binds the copies of a blocked convolution to the plain tensors and to the scratch memory.
static inline dnnl_status_t hl_op_bind_copies(
    hl_op *op, dnnl_engine_t engine, void *src, void *blocked_src, void *blocked_dst, void *dst) {
  const hl_spec *s = &op->spec;
  int64_t src_dims[4] = {s->n, s->c_in, s->h, s->w}, dst_dims[4] = {s->n, s->c_out, s->dst_h, s->dst_w};
  hl_md plain_src, plain_dst;
  dnnl_status_t st = hl_md_tag(&plain_src, 4, src_dims, dnnl_f32, dnnl_nhwc);
  if (st != dnnl_success) return st;
  st = hl_md_tag(&plain_dst, 4, dst_dims, dnnl_f32, dnnl_nhwc);
  if (st == dnnl_success) {
    st = hl_reorder_create(
        &op->before, engine, HL_REF(plain_src), src, hl_op_md(op, dnnl_query_src_md), blocked_src, NULL);
    hl_spec sum = {.accumulate = s->accumulate, .accumulate_scale = s->accumulate_scale};
    dnnl_primitive_attr_t attr = NULL;
    if (st == dnnl_success) st = hl_attributes(&attr, &sum, NULL);
    if (st == dnnl_success)
      st = hl_reorder_create(
          &op->after, engine, hl_op_md(op, dnnl_query_dst_md), blocked_dst, HL_REF(plain_dst), dst, attr);
    if (attr) dnnl_primitive_attr_destroy(attr);
    hl_md_free(plain_dst);
  }
  hl_md_free(plain_src);
  return st;
}

// Binds the operation to its memory permanently, so that running it is one call.
static inline dnnl_status_t hl_op_bind(hl_op *op, dnnl_engine_t engine, void *src, void *weights, void *bias,
    void *dst, void *factor, void *scratch) {
  dnnl_status_t st = dnnl_success;
  if (op->is_blocked) {
    char *blocked_src = (char *)scratch + hl_whole_lines(hl_op_own_scratch_size(op));
    char *blocked_dst = blocked_src + hl_whole_lines(hl_md_size(hl_op_md(op, dnnl_query_src_md)));
    st = hl_op_bind_copies(op, engine, src, blocked_src, blocked_dst, dst);
    src = blocked_src, dst = blocked_dst;
  }
  if (st == dnnl_success) st = hl_op_bind_one(op, engine, DNNL_ARG_SRC, hl_op_md(op, dnnl_query_src_md), src);
  if (st == dnnl_success) st = hl_op_bind_one(op, engine, DNNL_ARG_WEIGHTS, hl_op_md(op, dnnl_query_weights_md), weights);
  if (st == dnnl_success) st = hl_op_bind_one(op, engine, DNNL_ARG_DST, hl_op_md(op, dnnl_query_dst_md), dst);
  if (st == dnnl_success && op->spec.bias) {
    int64_t dims[2] = {1, op->spec.c_out};
    hl_md md;
    st = op->spec.kernel > 0 ? hl_md_tag(&md, 1, dims + 1, dnnl_f32, dnnl_a) : hl_md_tag(&md, 2, dims, dnnl_f32, dnnl_ab);
    if (st == dnnl_success) st = hl_op_bind_one(op, engine, DNNL_ARG_BIAS, HL_REF(md), bias);
    hl_md_free(md);
  }
  if (st == dnnl_success && op->spec.multiply) {
    int position = (op->spec.accumulate ? 1 : 0) + (op->spec.activation != hl_none ? 1 : 0);
    st = hl_op_bind_one(op, engine, DNNL_ARG_ATTR_MULTIPLE_POST_OP(position) | DNNL_ARG_SRC_1,
        hl_op_md(op, dnnl_query_dst_md), factor);
  }
  if (st == dnnl_success && hl_op_own_scratch_size(op) > 0)
    st = hl_op_bind_one(op, engine, DNNL_ARG_SCRATCHPAD, hl_op_md(op, dnnl_query_scratchpad_md), scratch);
  return st;
}

static inline dnnl_status_t hl_op_run(const hl_op *op, dnnl_stream_t stream) {
  dnnl_status_t st = op->is_blocked ? hl_reorder_run(&op->before, stream) : dnnl_success;
  if (st == dnnl_success) st = dnnl_primitive_execute(op->primitive, stream, op->arg_count, op->args);
  if (st == dnnl_success && op->is_blocked) st = hl_reorder_run(&op->after, stream);
  return st;
}

static inline void hl_op_destroy(hl_op *op) {
  hl_reorder_destroy(&op->before), hl_reorder_destroy(&op->after);
  for (int i = 0; i < op->arg_count; i++) dnnl_memory_destroy(op->args[i].memory);
  if (op->primitive) dnnl_primitive_destroy(op->primitive);
  if (op->pd) dnnl_primitive_desc_destroy(op->pd);
  memset(op, 0, sizeof *op);
}

#endif
