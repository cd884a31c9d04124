/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-doctor"

#include "cpu-set.h"

#include <errno.h>
#include <string.h>

/* Lists such as `0-3,8`, as the kernel writes them; libvirt's also exclude, as in `0-7,^4`. */

static gboolean
parse_number (const char **at, guint *number)
{
  char *end = NULL;
  guint64 value;

  if (!g_ascii_isdigit (**at))
    return FALSE;
  errno = 0;
  value = g_ascii_strtoull (*at, &end, 10);
  if (errno != 0 || value >= HO_CPU_SET_MAX)
    return FALSE;
  *number = (guint) value;
  *at = end;
  return TRUE;
}

static void
remove_cpu (HoCpuSet *self, guint cpu)
{
  self->bits[cpu / 64] &= ~(G_GUINT64_CONSTANT (1) << (cpu % 64));
}

/**
 * ho_cpu_set_parse:
 * @self: where to put the set
 * @text: (nullable): a list of processors
 *
 * Returns: whether @text is a list; an empty one is
 */
gboolean
ho_cpu_set_parse (HoCpuSet *self, const char *text)
{
  const char *at = text;

  memset (self, 0, sizeof *self);
  if (at == NULL)
    return FALSE;
  while (*at != '\0')
    {
      gboolean exclude = *at == '^';
      guint first, last;

      at += exclude;
      if (!parse_number (&at, &first))
        return FALSE;
      last = first;
      if (*at == '-')
        {
          at++;
          if (!parse_number (&at, &last) || last < first)
            return FALSE;
        }
      for (guint cpu = first; cpu <= last; cpu++)
        {
          if (exclude)
            remove_cpu (self, cpu);
          else
            ho_cpu_set_add (self, cpu);
        }
      while (g_ascii_isspace (*at))
        at++;
      if (*at == ',')
        at++;
      else if (*at != '\0')
        return FALSE;
      while (g_ascii_isspace (*at))
        at++;
    }
  return TRUE;
}

gboolean
ho_cpu_set_has (const HoCpuSet *self, guint cpu)
{
  return cpu < HO_CPU_SET_MAX && (self->bits[cpu / 64] >> (cpu % 64) & 1) != 0;
}

void
ho_cpu_set_add (HoCpuSet *self, guint cpu)
{
  g_return_if_fail (cpu < HO_CPU_SET_MAX);
  self->bits[cpu / 64] |= G_GUINT64_CONSTANT (1) << (cpu % 64);
}

void
ho_cpu_set_add_all (HoCpuSet *self, const HoCpuSet *other)
{
  for (gsize i = 0; i < G_N_ELEMENTS (self->bits); i++)
    self->bits[i] |= other->bits[i];
}

void
ho_cpu_set_remove_all (HoCpuSet *self, const HoCpuSet *other)
{
  for (gsize i = 0; i < G_N_ELEMENTS (self->bits); i++)
    self->bits[i] &= ~other->bits[i];
}

guint
ho_cpu_set_count (const HoCpuSet *self)
{
  guint n = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (self->bits); i++)
    n += (guint) __builtin_popcountll (self->bits[i]);
  return n;
}

/**
 * ho_cpu_set_first:
 * @self: a set
 *
 * Returns: the lowest processor in it, or -1 if it is empty
 */
int
ho_cpu_set_first (const HoCpuSet *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (self->bits); i++)
    {
      if (self->bits[i] != 0)
        return (int) (i * 64) + __builtin_ctzll (self->bits[i]);
    }
  return -1;
}

/**
 * ho_cpu_set_meets:
 * @self: a set
 * @other: another
 *
 * Returns: whether they have a processor in common
 */
gboolean
ho_cpu_set_meets (const HoCpuSet *self, const HoCpuSet *other)
{
  for (gsize i = 0; i < G_N_ELEMENTS (self->bits); i++)
    {
      if ((self->bits[i] & other->bits[i]) != 0)
        return TRUE;
    }
  return FALSE;
}

gboolean
ho_cpu_set_is_within (const HoCpuSet *self, const HoCpuSet *other)
{
  for (gsize i = 0; i < G_N_ELEMENTS (self->bits); i++)
    {
      if ((self->bits[i] & ~other->bits[i]) != 0)
        return FALSE;
    }
  return TRUE;
}

gboolean
ho_cpu_set_equal (const HoCpuSet *self, const HoCpuSet *other)
{
  return memcmp (self, other, sizeof *self) == 0;
}

/**
 * ho_cpu_set_to_string:
 * @self: a set
 *
 * Returns: (transfer full): such as `0-3,8`
 */
char *
ho_cpu_set_to_string (const HoCpuSet *self)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint cpu = 0; cpu < HO_CPU_SET_MAX; cpu++)
    {
      guint last = cpu;

      if (!ho_cpu_set_has (self, cpu))
        continue;
      while (ho_cpu_set_has (self, last + 1))
        last++;
      g_string_append_printf (text, "%s%u", text->len > 0 ? "," : "", cpu);
      if (last > cpu)
        g_string_append_printf (text, "-%u", last);
      cpu = last;
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}
