/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "return-lines.h"

#include <string.h>

static gboolean
is_word (const HoReturnLines *self, const char *word)
{
  gsize length = self->length;

  /* Programs of Windows end a line with CR LF. */
  if (length > 0 && length <= HO_RETURN_LINE_MAX && self->line[length - 1] == '\r')
    length--;
  return length == strlen (word) && memcmp (self->line, word, length) == 0;
}

/**
 * ho_return_lines_feed:
 * @self: the state between two pieces
 * @data: what the guest has written
 * @length: how many bytes that is
 * @func: called for each line that is complete; empty ones are passed over
 * @user_data: for @func
 *
 * Takes a piece of any length with any content, in constant memory.
 */
void
ho_return_lines_feed (HoReturnLines *self, const char *data, gsize length, HoReturnFunc func,
                      gpointer user_data)
{
  for (gsize i = 0; i < length; i++)
    {
      if (data[i] != '\n')
        {
          if (self->length < HO_RETURN_LINE_MAX)
            self->line[self->length] = data[i];
          if (self->length <= HO_RETURN_LINE_MAX)
            self->length++;
          continue;
        }
      if (is_word (self, "host"))
        func (HO_RETURN_HOST, user_data);
      else if (is_word (self, "alive"))
        func (HO_RETURN_ALIVE, user_data);
      else if (self->length > 0)
        func (HO_RETURN_JUNK, user_data);
      self->length = 0;
    }
}
