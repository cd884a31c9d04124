/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol.h"

/* Bytes of one sample in each pa_sample_format_t: u8, A-law, µ-law, s16 (two byte orders), float32,
 * s32, s24, s24 in 32. */
static const guint8 sample_size[] = { 1, 1, 1, 2, 2, 4, 4, 4, 4, 3, 3, 4, 4 };

/* PulseAudio's own limit. */
#define MAX_RATE (48000u * 16)

/**
 * ho_sample_spec_is_valid:
 * @self: a sample specification from outside
 *
 * Returns: whether PulseAudio would take it
 */
gboolean
ho_sample_spec_is_valid (const HoSampleSpec *self)
{
  return self->format < G_N_ELEMENTS (sample_size) && self->channels >= 1
         && self->channels <= HO_MAX_CHANNELS && self->rate >= 1 && self->rate <= MAX_RATE;
}

/**
 * ho_sample_spec_get_frame_size:
 * @self: a valid sample specification
 *
 * Returns: the bytes that one sample of all channels takes
 */
guint32
ho_sample_spec_get_frame_size (const HoSampleSpec *self)
{
  return (guint32) sample_size[self->format] * self->channels;
}

/**
 * ho_sample_spec_get_bytes:
 * @self: a valid sample specification
 * @microseconds: a time, not negative
 *
 * Returns: the bytes that play for so long, whole frames, at most %G_MAXINT32
 */
guint32
ho_sample_spec_get_bytes (const HoSampleSpec *self, gint64 microseconds)
{
  guint32 frame_size = ho_sample_spec_get_frame_size (self);
  gint64 most = G_MAXINT32 / frame_size;
  gint64 frames;

  /* An hour at most, so that the product stays far from its limit. */
  frames = CLAMP (microseconds, 0, G_USEC_PER_SEC * 3600ll) * self->rate / G_USEC_PER_SEC;
  return (guint32) MIN (frames, most) * frame_size;
}
