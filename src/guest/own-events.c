/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "own-events.h"

/**
 * HoOwnEvents:
 *
 * Libvirt tells of a device that we plugged in ourselves as of any other, shortly before or after
 * it answers. The answer comes with a reading of the guest, so its event is no reason to read that
 * again: keyboard and mouse would be read four times on their way.
 */
struct _HoOwnEvents
{
  GHashTable *guests; /* uuid → Guest */
};

typedef struct
{
  guint running;        /* our calls under way */
  GPtrArray *added;     /* of char *: aliases that were told meanwhile */
  HoDomainFacts *facts; /* as read after the last call, while they hold; or NULL */
} Guest;

static void
guest_free (gpointer data)
{
  Guest *guest = data;

  g_ptr_array_unref (guest->added);
  g_clear_pointer (&guest->facts, ho_domain_facts_unref);
  g_free (guest);
}

HoOwnEvents *
ho_own_events_new (void)
{
  HoOwnEvents *self = g_new0 (HoOwnEvents, 1);

  self->guests = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, guest_free);
  return self;
}

void
ho_own_events_free (HoOwnEvents *self)
{
  g_hash_table_unref (self->guests);
  g_free (self);
}

static gboolean
is_known (const Guest *guest, const char *alias)
{
  for (guint i = 0; guest->facts != NULL && i < guest->facts->usb_hostdevs->len; i++)
    {
      if (g_strcmp0 (((const HoUsbHostdev *) guest->facts->usb_hostdevs->pdata[i])->alias, alias)
          == 0)
        return TRUE;
    }
  return FALSE;
}

/** ho_own_events_begin: A call that plugs devices into the guest of @uuid is made. */
void
ho_own_events_begin (HoOwnEvents *self, const char *uuid)
{
  Guest *guest = g_hash_table_lookup (self->guests, uuid);

  if (guest == NULL)
    {
      guest = g_new0 (Guest, 1);
      guest->added = g_ptr_array_new_with_free_func (g_free);
      g_hash_table_insert (self->guests, g_strdup (uuid), guest);
    }
  guest->running++;
}

/**
 * ho_own_events_end:
 * @self: the events
 * @uuid: a guest
 * @facts: (nullable): what was read of it after the call, if anything
 *
 * The call has been answered.
 *
 * Returns: whether something was told meanwhile that is not in @facts: read the guest again
 */
gboolean
ho_own_events_end (HoOwnEvents *self, const char *uuid, HoDomainFacts *facts)
{
  Guest *guest = g_hash_table_lookup (self->guests, uuid);
  gboolean is_news = FALSE;

  g_return_val_if_fail (guest != NULL && guest->running > 0, TRUE);
  g_clear_pointer (&guest->facts, ho_domain_facts_unref);
  guest->facts = facts != NULL ? ho_domain_facts_ref (facts) : NULL;
  if (--guest->running > 0)
    return FALSE;
  for (guint i = 0; i < guest->added->len; i++)
    is_news |= !is_known (guest, guest->added->pdata[i]);
  g_ptr_array_set_size (guest->added, 0);
  if (is_news || facts == NULL)
    g_hash_table_remove (self->guests, uuid);
  return is_news;
}

/**
 * ho_own_events_take:
 * @self: the events
 * @uuid: a guest
 * @added: libvirt's alias of a device that it now has
 *
 * Returns: whether the guest need not be read for that now
 */
gboolean
ho_own_events_take (HoOwnEvents *self, const char *uuid, const char *added)
{
  Guest *guest = g_hash_table_lookup (self->guests, uuid);

  if (guest == NULL)
    return FALSE;
  if (guest->running == 0)
    return is_known (guest, added);
  g_ptr_array_add (guest->added, g_strdup (added));
  return TRUE;
}

static gboolean
is_at_rest (gpointer uuid, gpointer value, gpointer user_data)
{
  return ((const Guest *) value)->running == 0;
}

/** ho_own_events_forget_all: Nothing was told for a while. */
void
ho_own_events_forget_all (HoOwnEvents *self)
{
  g_hash_table_foreach_remove (self->guests, is_at_rest, NULL);
}

/** ho_own_events_forget: Something else has happened to the guest: what was read may not hold. */
void
ho_own_events_forget (HoOwnEvents *self, const char *uuid)
{
  Guest *guest = g_hash_table_lookup (self->guests, uuid);

  if (guest != NULL && guest->running == 0)
    g_hash_table_remove (self->guests, uuid);
}
