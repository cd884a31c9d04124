/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "tagstruct.h"

G_BEGIN_DECLS

/**
 * HoProperty:
 *
 * What a client may say of itself and of its streams. Anything else in a property list is left out:
 * PipeWire, for one, takes its routing from there (`stream.capture.sink` records what others play).
 */
typedef enum
{
  HO_PROPERTY_APPLICATION_NAME,
  HO_PROPERTY_APPLICATION_ID,
  HO_PROPERTY_APPLICATION_ICON,
  HO_PROPERTY_MEDIA_NAME,
  HO_PROPERTY_MEDIA_ICON,
  HO_PROPERTY_PROCESS_BINARY,
  HO_PROPERTY_PROCESS_ID,
  HO_PROPERTY_PROCESS_USER,
  HO_N_PROPERTIES
} HoProperty;

typedef struct
{
  char *value[HO_N_PROPERTIES];
} HoProperties;

void ho_properties_clear (HoProperties *self);
void ho_properties_set (HoProperties *self, HoProperty property, const char *value);
void ho_properties_read (HoProperties *self, HoTagReader *reader);
void ho_properties_write (const HoProperties *self, HoPacket *packet);

G_END_DECLS
