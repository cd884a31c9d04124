/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "guest-list.h"

/**
 * HoGuestList:
 *
 * Every guest that libvirt knows, sorted by name: a #GListModel of #HoGuest. It is empty while
 * there is no connection, since then nothing is known.
 *
 * The signals `guest-added`, `guest-changed` (with the property as its detail: `name`, `state` or
 * `facts`) and `guest-removed` save whoever looks at all guests from watching each one. The
 * property `current` (boolean) is whether this is what libvirt says now: it becomes %TRUE after the
 * first guests were added.
 */
struct _HoGuestList
{
  GObject parent;

  HoHypervisor *hypervisor;
  GSequence *sorted;   /* of HoGuest, owned */
  GHashTable *by_uuid; /* uuid, owned by the guest → GSequenceIter */
  gboolean current;
};

static void ho_guest_list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (HoGuestList, ho_guest_list, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, ho_guest_list_model_init))

enum
{
  PROP_0,
  PROP_CURRENT,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

enum
{
  GUEST_ADDED,
  GUEST_CHANGED,
  GUEST_REMOVED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static int
compare_guests (gconstpointer a, gconstpointer b, gpointer user_data)
{
  int order = g_strcmp0 (ho_guest_get_name (HO_GUEST ((gpointer) a)),
                         ho_guest_get_name (HO_GUEST ((gpointer) b)));

  /* A rename may pass through two guests of one name. */
  if (order == 0)
    order = g_strcmp0 (ho_guest_get_uuid (HO_GUEST ((gpointer) a)),
                       ho_guest_get_uuid (HO_GUEST ((gpointer) b)));
  return order;
}

static void
on_guest_notify (HoGuestList *self, GParamSpec *pspec, HoGuest *guest)
{
  if (g_str_equal (pspec->name, "name"))
    {
      GSequenceIter *iter = g_hash_table_lookup (self->by_uuid, ho_guest_get_uuid (guest));
      guint before = (guint) g_sequence_iter_get_position (iter);
      guint after;

      g_sequence_sort_changed (iter, compare_guests, NULL);
      after = (guint) g_sequence_iter_get_position (iter);
      if (after != before)
        {
          guint first = MIN (before, after);
          guint span = MAX (before, after) - first + 1;

          g_list_model_items_changed (G_LIST_MODEL (self), first, span, span);
        }
    }
  g_signal_emit (self, signals[GUEST_CHANGED], g_quark_from_static_string (pspec->name), guest);
}

static void
add_guest (HoGuestList *self, HoGuestRecord *record)
{
  HoGuest *guest = ho_guest_new (record);
  GSequenceIter *iter = g_sequence_insert_sorted (self->sorted, guest, compare_guests, NULL);

  g_hash_table_insert (self->by_uuid, (gpointer) ho_guest_get_uuid (guest), iter);
  g_signal_connect_object (guest, "notify", G_CALLBACK (on_guest_notify), self, G_CONNECT_SWAPPED);
  g_list_model_items_changed (G_LIST_MODEL (self), (guint) g_sequence_iter_get_position (iter), 0,
                              1);
  g_signal_emit (self, signals[GUEST_ADDED], 0, guest);
}

static void
remove_guest (HoGuestList *self, const char *uuid)
{
  GSequenceIter *iter = g_hash_table_lookup (self->by_uuid, uuid);
  g_autoptr (HoGuest) guest = NULL;
  guint position;

  if (iter == NULL)
    return;
  guest = g_object_ref (g_sequence_get (iter));
  position = (guint) g_sequence_iter_get_position (iter);
  g_signal_handlers_disconnect_by_data (guest, self);
  g_hash_table_remove (self->by_uuid, uuid);
  g_sequence_remove (iter);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
  g_signal_emit (self, signals[GUEST_REMOVED], 0, guest);
}

static void
on_updated (HoGuestList *self, HoGuestRecord *record)
{
  GSequenceIter *iter = g_hash_table_lookup (self->by_uuid, record->facts->uuid);

  if (iter == NULL)
    add_guest (self, record);
  else
    ho_guest_apply_record (g_sequence_get (iter), record);
}

static void
on_removed (HoGuestList *self, const char *uuid)
{
  remove_guest (self, uuid);
}

static void
on_connection_changed (HoGuestList *self)
{
  gboolean current = ho_hypervisor_get_state (self->hypervisor) == HO_CONNECTION_CONNECTED;

  if (self->current == current)
    return;
  self->current = current;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_CURRENT]);
}

static void
on_moved (HoGuestList *self, const char *uuid, int state, int reason)
{
  GSequenceIter *iter = g_hash_table_lookup (self->by_uuid, uuid);

  if (iter != NULL)
    ho_guest_apply_move (g_sequence_get (iter), (HoGuestState) state, (HoGuestReason) reason);
}

/* The list as it is now: what is not in it has gone, the rest is compared guest by guest, so that a
 * connection that was lost and found does not make a view build everything again. */
static void
on_listed (HoGuestList *self, GPtrArray *records)
{
  g_autoptr (GHashTable) listed = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) gone = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer uuid;

  for (guint i = 0; i < records->len; i++)
    g_hash_table_add (listed, ((HoGuestRecord *) records->pdata[i])->facts->uuid);

  g_hash_table_iter_init (&iter, self->by_uuid);
  while (g_hash_table_iter_next (&iter, &uuid, NULL))
    {
      if (!g_hash_table_contains (listed, uuid))
        g_ptr_array_add (gone, g_strdup (uuid));
    }
  for (guint i = 0; i < gone->len; i++)
    remove_guest (self, gone->pdata[i]);
  for (guint i = 0; i < records->len; i++)
    on_updated (self, records->pdata[i]);
}

static GType
ho_guest_list_get_item_type (GListModel *model)
{
  return HO_TYPE_GUEST;
}

static guint
ho_guest_list_get_n_items (GListModel *model)
{
  return (guint) g_sequence_get_length (HO_GUEST_LIST (model)->sorted);
}

static gpointer
ho_guest_list_get_item (GListModel *model, guint position)
{
  HoGuestList *self = HO_GUEST_LIST (model);
  GSequenceIter *iter;

  if (position >= ho_guest_list_get_n_items (model))
    return NULL;
  iter = g_sequence_get_iter_at_pos (self->sorted, (int) position);
  return g_object_ref (g_sequence_get (iter));
}

static void
ho_guest_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = ho_guest_list_get_item_type;
  iface->get_n_items = ho_guest_list_get_n_items;
  iface->get_item = ho_guest_list_get_item;
}

static void
ho_guest_list_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_CURRENT)
    g_value_set_boolean (value, HO_GUEST_LIST (object)->current);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
ho_guest_list_finalize (GObject *object)
{
  HoGuestList *self = HO_GUEST_LIST (object);

  g_hash_table_unref (self->by_uuid);
  g_sequence_free (self->sorted);
  g_clear_object (&self->hypervisor);

  G_OBJECT_CLASS (ho_guest_list_parent_class)->finalize (object);
}

static guint
new_signal (const char *name, GSignalFlags flags)
{
  return g_signal_new (name, HO_TYPE_GUEST_LIST, G_SIGNAL_RUN_LAST | flags, 0, NULL, NULL, NULL,
                       G_TYPE_NONE, 1, HO_TYPE_GUEST);
}

static void
ho_guest_list_class_init (HoGuestListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = ho_guest_list_get_property;
  object_class->finalize = ho_guest_list_finalize;

  props[PROP_CURRENT]
      = g_param_spec_boolean ("current", NULL, NULL, FALSE,
                              G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, props);

  signals[GUEST_ADDED] = new_signal ("guest-added", 0);
  signals[GUEST_CHANGED] = new_signal ("guest-changed", G_SIGNAL_DETAILED);
  signals[GUEST_REMOVED] = new_signal ("guest-removed", 0);
}

static void
ho_guest_list_init (HoGuestList *self)
{
  self->sorted = g_sequence_new (g_object_unref);
  self->by_uuid = g_hash_table_new (g_str_hash, g_str_equal);
}

/**
 * ho_guest_list_new:
 * @hypervisor: where the guests are
 *
 * Returns: (transfer full): a list that follows @hypervisor; it fills once @hypervisor is connected
 */
HoGuestList *
ho_guest_list_new (HoHypervisor *hypervisor)
{
  HoGuestList *self = g_object_new (HO_TYPE_GUEST_LIST, NULL);

  self->hypervisor = g_object_ref (hypervisor);
  self->current = ho_hypervisor_get_state (hypervisor) == HO_CONNECTION_CONNECTED;
  g_signal_connect_object (hypervisor, "notify::state", G_CALLBACK (on_connection_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (hypervisor, "listed", G_CALLBACK (on_listed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (hypervisor, "updated", G_CALLBACK (on_updated), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (hypervisor, "removed", G_CALLBACK (on_removed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (hypervisor, "moved", G_CALLBACK (on_moved), self, G_CONNECT_SWAPPED);
  return self;
}

/** ho_guest_list_is_current: Returns: whether it is what libvirt says now; else it may be empty for
 * want of a connection */
gboolean
ho_guest_list_is_current (HoGuestList *self)
{
  return ho_hypervisor_get_state (self->hypervisor) == HO_CONNECTION_CONNECTED;
}

/**
 * ho_guest_list_find:
 * @self: a list
 * @name_or_uuid: what a user calls a guest
 *
 * Returns: (transfer none) (nullable): the guest of that name, else of that UUID
 */
HoGuest *
ho_guest_list_find (HoGuestList *self, const char *name_or_uuid)
{
  for (GSequenceIter *iter = g_sequence_get_begin_iter (self->sorted);
       !g_sequence_iter_is_end (iter); iter = g_sequence_iter_next (iter))
    {
      if (g_strcmp0 (ho_guest_get_name (g_sequence_get (iter)), name_or_uuid) == 0)
        return g_sequence_get (iter);
    }
  return ho_guest_list_get_by_uuid (self, name_or_uuid);
}

/**
 * ho_guest_list_get_by_uuid:
 * @self: a list
 * @uuid: the UUID of a guest
 *
 * Returns: (transfer none) (nullable): the guest
 */
HoGuest *
ho_guest_list_get_by_uuid (HoGuestList *self, const char *uuid)
{
  GSequenceIter *iter = g_hash_table_lookup (self->by_uuid, uuid);

  return iter != NULL ? g_sequence_get (iter) : NULL;
}
