/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz.h"

#include "return-lines.h"

#include <string.h>

/* The guest's channel: however the bytes are cut into pieces, the same words come of them, and only
 * of whole lines. */

typedef struct
{
  guint host;
  guint alive;
  guint junk;
} Words;

static void
count (HoReturnWord word, gpointer user_data)
{
  Words *words = user_data;

  words->host += word == HO_RETURN_HOST;
  words->alive += word == HO_RETURN_ALIVE;
  words->junk += word == HO_RETURN_JUNK;
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  return 0;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  HoReturnLines whole = { 0 }, bytewise = { 0 };
  Words a = { 0 }, b = { 0 };
  guint lines = 0;

  ho_return_lines_feed (&whole, (const char *) data, size, count, &a);
  for (size_t i = 0; i < size; i++)
    {
      ho_return_lines_feed (&bytewise, (const char *) data + i, 1, count, &b);
      lines += data[i] == '\n';
    }
  g_assert_cmpuint (a.host, ==, b.host);
  g_assert_cmpuint (a.alive, ==, b.alive);
  g_assert_cmpuint (a.host + a.alive, <=, lines);
  return 0;
}
