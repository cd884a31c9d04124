/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  HO_THING_CARD,
  HO_THING_KEYBOARD,
  HO_THING_MOUSE,
  HO_THING_INPUT, /* a receiver of both, or something else that is pressed */
  HO_THING_SOUND,
} HoThingKind;

/**
 * HoThing:
 * @name: what a user calls it
 * @note: (nullable): what else is to be said of it
 * @guest: (nullable): the guest that has it; %NULL if it is on this computer
 *
 * Something that is on one side or the other.
 */
typedef struct
{
  HoThingKind kind;
  char *name;
  char *note;
  char *guest;
} HoThing;

/**
 * HoSides:
 * @things: of #HoThing: cards, then keyboards and mice, then the sound
 * @guests: of string: the guests that have something, or else the one that would
 *
 * Who has what.
 */
typedef struct
{
  GPtrArray *things;
  GPtrArray *guests;
} HoSides;

HoSides *ho_sides_new (GVariant *gpus, GVariant *devices, GVariant *audio, const char *candidate);
void ho_sides_free (HoSides *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HoSides, ho_sides_free)

gboolean ho_sides_equal (const HoSides *a, const HoSides *b);
char *ho_sides_describe (const HoSides *self);

G_END_DECLS
