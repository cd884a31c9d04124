/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-gpu"

#include "gpu-list.h"

/**
 * HoGpuList:
 *
 * Every graphics card of this machine that some guest passes through, sorted by address: a
 * #GListModel of #HoGpu. What sysfs says comes from the monitor, who has a card from that and from
 * the guests' states.
 *
 * The signals `gpu-added`, `gpu-changed` (with the property as its detail) and `gpu-removed` save
 * whoever looks at all cards from watching each one. `looked` follows each look at the bus, also
 * one that changed no card.
 */
struct _HoGpuList
{
  GObject parent;

  HoGpuMonitor *monitor;
  HoGuestList *guests;
  GPtrArray *gpus;    /* of HoGpu, by slot */
  GPtrArray *changed; /* of HoGpu: whose changes are to be told */
};

static void ho_gpu_list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (HoGpuList, ho_gpu_list, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, ho_gpu_list_model_init))

enum
{
  GPU_ADDED,
  GPU_CHANGED,
  GPU_REMOVED,
  LOOKED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static int
compare_strings (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

/* The slots of all PCI hostdevs, sorted and each once. */
static GPtrArray *
list_slots (HoGpuList *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->guests));
  GPtrArray *slots = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (HoGuest) guest = g_list_model_get_item (G_LIST_MODEL (self->guests), i);
      const GPtrArray *hostdevs = ho_guest_get_facts (guest)->pci_hostdevs;

      for (guint j = 0; j < hostdevs->len; j++)
        {
          const HoPciHostdev *hostdev = hostdevs->pdata[j];
          g_autofree char *slot = ho_pci_address_dup_slot (hostdev->address);

          if (!g_ptr_array_find_with_equal_func (slots, slot, g_str_equal, NULL))
            g_ptr_array_add (slots, g_steal_pointer (&slot));
        }
    }
  g_ptr_array_sort (slots, compare_strings);
  return slots;
}

/* The guest that runs and has the card in its XML: libvirt lets no two have it. */
static HoGuest *
find_user (HoGpuList *self, HoGpu *gpu)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->guests));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (HoGuest) guest = g_list_model_get_item (G_LIST_MODEL (self->guests), i);

      if (ho_guest_has_process (guest) && ho_gpu_is_passed_to (gpu, guest))
        return guest; /* the list keeps it */
    }
  return NULL;
}

static void
on_gpu_notify (HoGpuList *self, GParamSpec *pspec, HoGpu *gpu)
{
  if (!g_ptr_array_find (self->changed, gpu, NULL))
    g_ptr_array_add (self->changed, g_object_ref (gpu));
}

static void
tell_changes (HoGpuList *self)
{
  g_autoptr (GPtrArray) changed = self->changed;

  self->changed = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < changed->len; i++)
    g_signal_emit (self, signals[GPU_CHANGED], 0, changed->pdata[i]);
}

static void
remove_at (HoGpuList *self, guint position)
{
  g_autoptr (HoGpu) gpu = g_ptr_array_steal_index (self->gpus, position);

  g_signal_handlers_disconnect_by_data (gpu, self);
  g_ptr_array_remove (self->changed, gpu);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
  g_signal_emit (self, signals[GPU_REMOVED], 0, gpu);
}

static void
insert_at (HoGpuList *self, guint position, HoGpu *gpu)
{
  g_ptr_array_insert (self->gpus, (int) position, gpu);
  g_signal_connect_object (gpu, "notify", G_CALLBACK (on_gpu_notify), self, G_CONNECT_SWAPPED);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 0, 1);
  g_signal_emit (self, signals[GPU_ADDED], 0, gpu);
}

static gboolean
has_namesake (HoGpuList *self, HoGpu *gpu)
{
  const HoPciFunction *own
      = ho_pci_scan_find (ho_gpu_monitor_get_scan (self->monitor), ho_gpu_get_address (gpu));

  for (guint i = 0; i < self->gpus->len; i++)
    {
      HoGpu *other = self->gpus->pdata[i];
      const HoPciFunction *function
          = ho_pci_scan_find (ho_gpu_monitor_get_scan (self->monitor), ho_gpu_get_address (other));

      if (other != gpu && own != NULL && function != NULL && own->vendor == function->vendor
          && own->device == function->device)
        return TRUE;
    }
  return FALSE;
}

/* Compares with what was seen last. Both are sorted by slot. */
static void
update (HoGpuList *self)
{
  HoPciScan *scan = ho_gpu_monitor_get_scan (self->monitor);
  g_autoptr (GPtrArray) slots = list_slots (self);
  guint position = 0;

  for (guint i = 0; i < slots->len; i++)
    {
      const char *slot = slots->pdata[i];
      g_autoptr (HoGpu) fresh = NULL;
      HoGpu *gpu;

      while (position < self->gpus->len
             && g_strcmp0 (ho_gpu_get_slot (self->gpus->pdata[position]), slot) < 0)
        remove_at (self, position);
      gpu = position < self->gpus->len ? self->gpus->pdata[position] : NULL;
      if (gpu != NULL && g_str_equal (ho_gpu_get_slot (gpu), slot))
        {
          if (ho_gpu_apply (gpu, scan, find_user (self, gpu)))
            position++;
          else
            remove_at (self, position);
          continue;
        }
      fresh = ho_gpu_new (slot);
      if (ho_gpu_apply (fresh, scan, find_user (self, fresh)))
        insert_at (self, position++, g_steal_pointer (&fresh));
    }
  while (position < self->gpus->len)
    remove_at (self, position);
  for (guint i = 0; i < self->gpus->len; i++)
    ho_gpu_set_ambiguous (self->gpus->pdata[i], has_namesake (self, self->gpus->pdata[i]));
  tell_changes (self);
}

static void
on_looked (HoGpuList *self)
{
  update (self);
  g_signal_emit (self, signals[LOOKED], 0);
}

static gboolean
has_hostdevs (HoGuest *guest)
{
  return ho_guest_get_facts (guest)->pci_hostdevs->len > 0;
}

static void
on_guests_changed (HoGpuList *self)
{
  g_autoptr (GPtrArray) slots = list_slots (self);

  g_ptr_array_add (slots, NULL);
  ho_gpu_monitor_set_slots (self->monitor, (const char *const *) slots->pdata);
  update (self);
}

/* Where the kernel's events can't be had, as in a sandbox, this is when to look. */
static void
on_guest_state_changed (HoGpuList *self, HoGuest *guest)
{
  if (!has_hostdevs (guest))
    return;
  update (self);
  ho_gpu_monitor_refresh_async (self->monitor, NULL, NULL, NULL);
}

static GType
ho_gpu_list_get_item_type (GListModel *model)
{
  return HO_TYPE_GPU;
}

static guint
ho_gpu_list_get_n_items (GListModel *model)
{
  return HO_GPU_LIST (model)->gpus->len;
}

static gpointer
ho_gpu_list_get_item (GListModel *model, guint position)
{
  HoGpuList *self = HO_GPU_LIST (model);

  return position < self->gpus->len ? g_object_ref (self->gpus->pdata[position]) : NULL;
}

static void
ho_gpu_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = ho_gpu_list_get_item_type;
  iface->get_n_items = ho_gpu_list_get_n_items;
  iface->get_item = ho_gpu_list_get_item;
}

static void
ho_gpu_list_finalize (GObject *object)
{
  HoGpuList *self = HO_GPU_LIST (object);

  g_ptr_array_unref (self->gpus);
  g_ptr_array_unref (self->changed);
  g_clear_object (&self->monitor);
  g_clear_object (&self->guests);

  G_OBJECT_CLASS (ho_gpu_list_parent_class)->finalize (object);
}

static guint
new_signal (const char *name)
{
  return g_signal_new (name, HO_TYPE_GPU_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                       1, HO_TYPE_GPU);
}

static void
ho_gpu_list_class_init (HoGpuListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = ho_gpu_list_finalize;

  signals[GPU_ADDED] = new_signal ("gpu-added");
  signals[GPU_CHANGED] = new_signal ("gpu-changed");
  signals[GPU_REMOVED] = new_signal ("gpu-removed");
  signals[LOOKED] = g_signal_new ("looked", HO_TYPE_GPU_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 0);
}

static void
ho_gpu_list_init (HoGpuList *self)
{
  self->gpus = g_ptr_array_new_with_free_func (g_object_unref);
  self->changed = g_ptr_array_new_with_free_func (g_object_unref);
}

/**
 * ho_gpu_list_new:
 * @monitor: what sees the PCI bus; told by the list where to look
 * @guests: the guests that pass cards through
 *
 * Returns: (transfer full): a list that follows both
 */
HoGpuList *
ho_gpu_list_new (HoGpuMonitor *monitor, HoGuestList *guests)
{
  HoGpuList *self = g_object_new (HO_TYPE_GPU_LIST, NULL);

  self->monitor = g_object_ref (monitor);
  self->guests = g_object_ref (guests);
  g_signal_connect_object (monitor, "changed", G_CALLBACK (on_looked), self, G_CONNECT_SWAPPED);
  g_object_connect (guests, "swapped-object-signal::items-changed", on_guests_changed, self,
                    "swapped-object-signal::guest-changed::facts", on_guests_changed, self,
                    "swapped-object-signal::guest-changed::state", on_guest_state_changed, self,
                    NULL);
  on_guests_changed (self);
  return self;
}

HoGpuMonitor *
ho_gpu_list_get_monitor (HoGpuList *self)
{
  return self->monitor;
}

/**
 * ho_gpu_list_find:
 * @self: a list
 * @slot: `0000:01:00`
 *
 * Returns: (transfer none) (nullable): the card there
 */
HoGpu *
ho_gpu_list_find (HoGpuList *self, const char *slot)
{
  for (guint i = 0; i < self->gpus->len; i++)
    {
      if (g_str_equal (ho_gpu_get_slot (self->gpus->pdata[i]), slot))
        return self->gpus->pdata[i];
    }
  return NULL;
}

/**
 * ho_gpu_list_list_for_guest:
 * @self: a list
 * @guest: a guest
 *
 * Returns: (transfer container) (element-type HoGpu): the cards that @guest passes through
 */
GPtrArray *
ho_gpu_list_list_for_guest (HoGpuList *self, HoGuest *guest)
{
  GPtrArray *found = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < self->gpus->len; i++)
    {
      if (ho_gpu_is_passed_to (self->gpus->pdata[i], guest))
        g_ptr_array_add (found, g_object_ref (self->gpus->pdata[i]));
    }
  return found;
}

/**
 * ho_gpu_list_list_addresses:
 * @self: a list
 * @guest: a guest
 *
 * Returns: (transfer full) (element-type utf8): the addresses of the graphics cards in the XML of
 *   @guest. One that this machine knows nothing of, since it is another's or was pulled out, is
 *   taken for one; what is known to be something else is not
 */
GPtrArray *
ho_gpu_list_list_addresses (HoGpuList *self, HoGuest *guest)
{
  HoPciScan *scan = ho_gpu_monitor_get_scan (self->monitor);
  const GPtrArray *hostdevs = ho_guest_get_facts (guest)->pci_hostdevs;
  GPtrArray *found = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < hostdevs->len; i++)
    {
      const HoPciHostdev *hostdev = hostdevs->pdata[i];
      const HoPciFunction *function = ho_pci_scan_find (scan, hostdev->address);

      if (function == NULL || function->kind == HO_PCI_DISPLAY)
        g_ptr_array_add (found, g_strdup (hostdev->address));
    }
  return found;
}

/* Looking on request, also for who uses the cards. */

typedef struct
{
  char *root;
  HoPciScan *scan;
  GPtrArray *gpus;    /* of HoGpu */
  GPtrArray *holders; /* of HoHolders, one for each */
} HoldersLook;

static void
holders_look_free (gpointer data)
{
  HoldersLook *what = data;

  g_free (what->root);
  ho_pci_scan_unref (what->scan);
  g_ptr_array_unref (what->gpus);
  g_ptr_array_unref (what->holders);
  g_free (what);
}

static void
read_holders (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  HoldersLook *what = data;

  for (guint i = 0; i < what->gpus->len; i++)
    {
      g_autoptr (GPtrArray) functions
          = ho_pci_scan_list_slot (what->scan, ho_gpu_get_slot (what->gpus->pdata[i]));

      g_ptr_array_add (what->holders, ho_holders_read (what->root, what->scan, functions));
    }
  g_task_return_boolean (task, TRUE);
}

static void
on_holders_read (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) outer = user_data;
  const HoldersLook *what = g_task_get_task_data (G_TASK (result));

  for (guint i = 0; i < what->gpus->len; i++)
    {
      if (ho_gpu_find_held (what->gpus->pdata[i]) != NULL)
        ho_gpu_set_holders (what->gpus->pdata[i], what->holders->pdata[i]);
    }
  tell_changes (HO_GPU_LIST (object));
  g_task_return_boolean (outer, TRUE);
}

static void
on_refreshed (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) outer = user_data;
  HoGpuList *self = g_task_get_source_object (outer);
  g_autoptr (GTask) task = NULL;
  HoldersLook *what;

  ho_gpu_monitor_refresh_finish (HO_GPU_MONITOR (object), result, NULL);
  if (!GPOINTER_TO_INT (g_task_get_task_data (outer)))
    {
      g_task_return_boolean (outer, TRUE);
      return;
    }
  what = g_new0 (HoldersLook, 1);
  what->root = g_strdup (ho_gpu_monitor_get_root (self->monitor));
  what->scan = ho_pci_scan_ref (ho_gpu_monitor_get_scan (self->monitor));
  what->gpus = g_ptr_array_new_with_free_func (g_object_unref);
  what->holders = g_ptr_array_new_with_free_func ((GDestroyNotify) ho_holders_unref);
  for (guint i = 0; i < self->gpus->len; i++)
    {
      if (ho_gpu_find_held (self->gpus->pdata[i]) != NULL)
        g_ptr_array_add (what->gpus, g_object_ref (self->gpus->pdata[i]));
    }
  task = g_task_new (self, NULL, on_holders_read, g_steal_pointer (&outer));
  g_task_set_task_data (task, what, holders_look_free);
  g_task_run_in_thread (task, read_holders);
}

/**
 * ho_gpu_list_look_async:
 * @self: a list
 * @for_holders: whether to find out who uses the cards as well
 * @cancellable: (nullable): forgets the answer
 * @callback: called when the cards are as a look after this call has shown them
 * @user_data: for @callback
 */
void
ho_gpu_list_look_async (HoGpuList *self, gboolean for_holders, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ho_gpu_list_look_async);
  g_task_set_task_data (task, GINT_TO_POINTER (for_holders), NULL);
  ho_gpu_monitor_refresh_async (self->monitor, NULL, on_refreshed, task);
}

gboolean
ho_gpu_list_look_finish (HoGpuList *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
