/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-core"

#include "card-sound-door.h"

#include <gmodule.h>

#include "card-sound.h"
#include "error.h"
#include "paths.h"

#include <glib/gi18n.h>

#define MODULE "handover-card-sound.so"

/**
 * HoCardSoundDoor:
 *
 * #HoSoundReleaser that loads the one that does it, #HoCardSound, when it is first wanted: libpulse
 * brings a dozen libraries, and most starts of most guests need none of them.
 */
struct _HoCardSoundDoor
{
  GObject parent;

  HoSoundReleaser *behind; /* NULL until it is wanted */
};

static void ho_card_sound_door_releaser_init (HoSoundReleaserInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (HoCardSoundDoor, ho_card_sound_door, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (HO_TYPE_SOUND_RELEASER,
                                                      ho_card_sound_door_releaser_init))

/* The module stays: it has types, and libraries like these do not expect to be unloaded. */
static gboolean
open_door (HoCardSoundDoor *self, GError **error)
{
  g_autofree char *path = ho_paths_get_helper (MODULE);
  gpointer symbol = NULL;
  GModule *module;

  if (self->behind != NULL)
    return TRUE;
  module = g_module_open (path, G_MODULE_BIND_LAZY | G_MODULE_BIND_LOCAL);
  if (module == NULL || !g_module_symbol (module, HO_CARD_SOUND_SYMBOL, &symbol))
    {
      g_set_error (error, HO_ERROR, HO_ERROR_FAILED,
                   _ ("%s, which talks to sound servers, cannot be used: %s. Install Handover "
                      "again."),
                   MODULE, g_module_error ());
      return FALSE;
    }
  g_module_make_resident (module);
  self->behind = HO_SOUND_RELEASER (((HoCardSound * (*) (void) ) symbol) ());
  return TRUE;
}

static void
ho_card_sound_door_release (HoSoundReleaser *releaser, const char *address, GTask *task)
{
  HoCardSoundDoor *self = HO_CARD_SOUND_DOOR (releaser);
  g_autoptr (GError) error = NULL;

  if (open_door (self, &error))
    {
      HO_SOUND_RELEASER_GET_IFACE (self->behind)->release (self->behind, address, task);
      return;
    }
  g_task_return_error (task, g_steal_pointer (&error));
  g_object_unref (task);
}

static void
ho_card_sound_door_restore (HoSoundReleaser *releaser, const char *address)
{
  HoCardSoundDoor *self = HO_CARD_SOUND_DOOR (releaser);

  if (self->behind != NULL)
    ho_sound_releaser_restore (self->behind, address); /* else nothing was released */
}

static void
ho_card_sound_door_releaser_init (HoSoundReleaserInterface *iface)
{
  iface->release = ho_card_sound_door_release;
  iface->restore = ho_card_sound_door_restore;
}

static void
ho_card_sound_door_finalize (GObject *object)
{
  g_clear_object (&HO_CARD_SOUND_DOOR (object)->behind);

  G_OBJECT_CLASS (ho_card_sound_door_parent_class)->finalize (object);
}

static void
ho_card_sound_door_class_init (HoCardSoundDoorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ho_card_sound_door_finalize;
}

static void
ho_card_sound_door_init (HoCardSoundDoor *self)
{
}

/**
 * ho_card_sound_door_new:
 *
 * Returns: (transfer full): a releaser for the sound server of this session
 */
HoCardSoundDoor *
ho_card_sound_door_new (void)
{
  return g_object_new (HO_TYPE_CARD_SOUND_DOOR, NULL);
}
