/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "properties.h"

#include <string.h>

/* Bytes of a value, its NUL included. */
#define MAX_VALUE 256

static const char *const keys[HO_N_PROPERTIES] = {
  [HO_PROPERTY_APPLICATION_NAME] = "application.name",
  [HO_PROPERTY_APPLICATION_ID] = "application.id",
  [HO_PROPERTY_APPLICATION_ICON] = "application.icon_name",
  [HO_PROPERTY_MEDIA_NAME] = "media.name",
  [HO_PROPERTY_MEDIA_ICON] = "media.icon_name",
  [HO_PROPERTY_PROCESS_BINARY] = "application.process.binary",
  [HO_PROPERTY_PROCESS_ID] = "application.process.id",
  [HO_PROPERTY_PROCESS_USER] = "application.process.user",
};

void
ho_properties_clear (HoProperties *self)
{
  for (gsize i = 0; i < HO_N_PROPERTIES; i++)
    g_clear_pointer (&self->value[i], g_free);
}

/**
 * ho_properties_set:
 * @self: properties
 * @property: one of them
 * @value: (nullable): its new value
 */
void
ho_properties_set (HoProperties *self, HoProperty property, const char *value)
{
  g_free (self->value[property]);
  self->value[property] = g_strdup (value);
}

static void
keep (HoProperties *self, const char *key, const guint8 *value, gsize size)
{
  for (gsize i = 0; i < HO_N_PROPERTIES; i++)
    if (strcmp (key, keys[i]) == 0 && size >= 1 && size <= MAX_VALUE && value[size - 1] == '\0'
        && g_utf8_validate ((const char *) value, (gssize) size - 1, NULL))
      {
        ho_properties_set (self, (HoProperty) i, (const char *) value);
        return;
      }
}

/**
 * ho_properties_read:
 * @self: properties, to which what is read is added
 * @reader: a reader before a property list
 *
 * Reads a property list. Unknown keys and values that are too long or no text are left out.
 */
void
ho_properties_read (HoProperties *self, HoTagReader *reader)
{
  const char *key;
  const guint8 *value;
  gsize size;

  if (!ho_tag_reader_proplist (reader))
    return;
  while (ho_tag_reader_property (reader, &key, &value, &size))
    keep (self, key, value, size);
}

void
ho_properties_write (const HoProperties *self, HoPacket *packet)
{
  ho_packet_proplist_begin (packet);
  for (gsize i = 0; i < HO_N_PROPERTIES; i++)
    if (self->value[i] != NULL)
      ho_packet_property (packet, keys[i], self->value[i]);
  ho_packet_proplist_end (packet);
}
