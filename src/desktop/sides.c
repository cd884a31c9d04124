/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "sides.h"

#include <glib/gi18n.h>

/* Who has what, out of the facts that every view is given (see core/describe-*.c). Pure, so that
 * each case can be tried without the hardware. */

static void
thing_free (gpointer data)
{
  HoThing *thing = data;

  g_free (thing->name);
  g_free (thing->note);
  g_free (thing->guest);
  g_free (thing);
}

static HoThing *
add_thing (HoSides *self, HoThingKind kind, const char *name, const char *guest)
{
  HoThing *thing = g_new0 (HoThing, 1);

  thing->kind = kind;
  thing->name = g_strdup (name);
  thing->guest = g_strdup (guest);
  g_ptr_array_add (self->things, thing);
  if (guest != NULL && !g_ptr_array_find_with_equal_func (self->guests, guest, g_str_equal, NULL))
    g_ptr_array_add (self->guests, g_strdup (guest));
  return thing;
}

static const char *
get_text (GVariant *facts, const char *key)
{
  const char *text = NULL;

  return g_variant_lookup (facts, key, "&s", &text) ? text : NULL;
}

static gboolean
get_flag (GVariant *facts, const char *key)
{
  gboolean flag = FALSE;

  return g_variant_lookup (facts, key, "b", &flag) && flag;
}

/* A card that no guest has is on this computer, whether somebody here can use it or not. */
static void
add_card (HoSides *self, GVariant *facts)
{
  const char *owner = get_text (facts, "owner");
  gboolean away = g_strcmp0 (owner, "guest") == 0;
  HoThing *thing = add_thing (self, HO_THING_CARD, get_text (facts, "name"),
                              away ? get_text (facts, "guest") : NULL);

  if (g_strcmp0 (owner, "reserved") == 0)
    thing->note = g_strdup (_ ("set aside for guests"));
  else if (g_strcmp0 (owner, "none") == 0)
    thing->note = g_strdup (_ ("no driver"));
}

static HoThingKind
get_kind (GVariant *facts)
{
  g_autofree const char **kinds = NULL;
  gboolean keyboard, mouse;

  if (!g_variant_lookup (facts, "kinds", "^a&s", &kinds))
    return HO_THING_INPUT;
  keyboard = g_strv_contains (kinds, "keyboard");
  mouse = g_strv_contains (kinds, "mouse");
  if (keyboard == mouse)
    return HO_THING_INPUT;
  return keyboard ? HO_THING_KEYBOARD : HO_THING_MOUSE;
}

static void
add_devices (HoSides *self, GVariant *devices)
{
  guint before = self->things->len;
  GVariantIter iter;
  GVariant *facts;

  g_variant_iter_init (&iter, devices);
  while (g_variant_iter_loop (&iter, "@a{sv}", &facts))
    {
      const char *guest = get_text (facts, "guest");

      /* One that a guest has got in another way is with it all the same. */
      if (get_flag (facts, "chosen") || guest != NULL)
        add_thing (self, get_kind (facts), get_text (facts, "name"), guest);
    }
  if (self->things->len == before)
    add_thing (self, HO_THING_INPUT, _ ("Keyboard and mouse"), NULL)->note
        = g_strdup (_ ("none is chosen, so they stay here"));
}

/* What is heard is heard here, whoever plays it. */
static void
add_sound (HoSides *self, GVariant *audio)
{
  g_autoptr (GVariant) guests = g_variant_lookup_value (audio, "guests", G_VARIANT_TYPE ("aa{sv}"));
  HoThing *sound = add_thing (self, HO_THING_SOUND, _ ("Sound"), NULL);
  g_autoptr (GString) names = g_string_new (NULL);
  GVariantIter iter;
  GVariant *facts;

  if (guests == NULL)
    return;
  g_variant_iter_init (&iter, guests);
  while (g_variant_iter_loop (&iter, "@a{sv}", &facts))
    {
      if (get_flag (facts, "playing"))
        g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "",
                                get_text (facts, "name"));
    }
  if (names->len > 0)
    /* Translators: %s is a guest, or several with commas */
    sound->note = g_strdup_printf (_ ("also of %s"), names->str);
}

/**
 * ho_sides_new:
 * @gpus: what ho_core_describe_gpus() says
 * @devices: what ho_core_describe_devices() says
 * @audio: what ho_core_describe_audio() says
 * @candidate: (nullable): the guest to name if none has anything
 *
 * Returns: (transfer full): who has what
 */
HoSides *
ho_sides_new (GVariant *gpus, GVariant *devices, GVariant *audio, const char *candidate)
{
  HoSides *self = g_new0 (HoSides, 1);
  GVariantIter iter;
  GVariant *facts;

  self->things = g_ptr_array_new_with_free_func (thing_free);
  self->guests = g_ptr_array_new_with_free_func (g_free);
  g_variant_iter_init (&iter, gpus);
  while (g_variant_iter_loop (&iter, "@a{sv}", &facts))
    add_card (self, facts);
  add_devices (self, devices);
  add_sound (self, audio);
  if (self->guests->len == 0 && candidate != NULL)
    g_ptr_array_add (self->guests, g_strdup (candidate));
  return self;
}

void
ho_sides_free (HoSides *self)
{
  g_ptr_array_unref (self->things);
  g_ptr_array_unref (self->guests);
  g_free (self);
}

static gboolean
thing_equal (gconstpointer a, gconstpointer b)
{
  const HoThing *one = a;
  const HoThing *other = b;

  return one->kind == other->kind && g_strcmp0 (one->name, other->name) == 0
         && g_strcmp0 (one->note, other->note) == 0 && g_strcmp0 (one->guest, other->guest) == 0;
}

static gboolean
array_equal (const GPtrArray *a, const GPtrArray *b, GEqualFunc equal)
{
  if (a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    {
      if (!equal (a->pdata[i], b->pdata[i]))
        return FALSE;
    }
  return TRUE;
}

gboolean
ho_sides_equal (const HoSides *a, const HoSides *b)
{
  return array_equal (a->guests, b->guests, g_str_equal)
         && array_equal (a->things, b->things, thing_equal);
}

static void
describe_side (const HoSides *self, const char *guest, GString *text)
{
  g_autoptr (GString) list = g_string_new (NULL);

  for (guint i = 0; i < self->things->len; i++)
    {
      const HoThing *thing = self->things->pdata[i];

      if (g_strcmp0 (thing->guest, guest) != 0)
        continue;
      g_string_append_printf (list, "%s%s", list->len > 0 ? ", " : "", thing->name);
      if (thing->note != NULL)
        g_string_append_printf (list, " (%s)", thing->note);
    }
  if (text->len > 0)
    g_string_append_c (text, ' ');
  /* Translators: a guest or “This computer”, and what it has: “win10: GeForce GTX 1060, Mouse.” */
  g_string_append_printf (text, _ ("%s: %s."), guest != NULL ? guest : _ ("This computer"),
                          list->len > 0 ? list->str : _ ("nothing"));
}

/**
 * ho_sides_describe:
 * @self: who has what
 *
 * Returns: (transfer full): the same in sentences, for who cannot see a picture of it
 */
char *
ho_sides_describe (const HoSides *self)
{
  g_autoptr (GString) text = g_string_new (NULL);

  describe_side (self, NULL, text);
  for (guint i = 0; i < self->guests->len; i++)
    describe_side (self, self->guests->pdata[i], text);
  return g_strdup (text->str);
}
