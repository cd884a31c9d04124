/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** HO_RETURN_LINE_MAX: the longest line that is looked at, in bytes without its end. */
#define HO_RETURN_LINE_MAX 64

typedef enum
{
  HO_RETURN_HOST,  /* `host`: bring the devices home */
  HO_RETURN_ALIVE, /* `alive`: a heartbeat */
  HO_RETURN_JUNK,  /* anything else; never shown, the guest is not trusted */
} HoReturnWord;

/**
 * HoReturnLines:
 *
 * What has come of the line that is being read. Zero is the start.
 */
typedef struct
{
  char line[HO_RETURN_LINE_MAX];
  gsize length; /* may be larger than the line: then it is too long to be anything */
} HoReturnLines;

typedef void (*HoReturnFunc) (HoReturnWord word, gpointer user_data);

void ho_return_lines_feed (HoReturnLines *self, const char *data, gsize length, HoReturnFunc func,
                           gpointer user_data);

G_END_DECLS
