/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-gpu"

#include "gpu-monitor.h"

#include <gudev/gudev.h>

/* Milliseconds in which the events of one change are gathered. */
#define GATHER 50
/* The same for one of which only the beginning is told. */
#define GATHER_UNSEEN 500

/**
 * HoGpuMonitor:
 *
 * What sysfs says of some slots of the PCI bus, read again when the kernel tells of a change there.
 * An event never carries the truth: at most one look is under way, and one more is remembered. The
 * signal `changed` follows each look. Without slots to look at nothing is ever read.
 */
struct _HoGpuMonitor
{
  GObject parent;

  char *root; /* NULL: there is nothing to see */
  GUdevClient *client;
  char **slots;
  HoPciScan *scan;
  gboolean looked; /* @scan is of @slots */
  gboolean looking;
  gboolean again;
  guint gathering;
  GPtrArray *waiting; /* of GTask: answered by the look under way */
  GPtrArray *next;    /* of GTask: answered by the one after it */
};

G_DEFINE_FINAL_TYPE (HoGpuMonitor, ho_gpu_monitor, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

typedef struct
{
  char *root;
  char **slots;
  HoPciScan *before;
} Look;

static void look (HoGpuMonitor *self);

static void
look_free (gpointer data)
{
  Look *what = data;

  g_free (what->root);
  g_strfreev (what->slots);
  ho_pci_scan_unref (what->before);
  g_free (what);
}

static void
look_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Look *what = data;
  HoPciScan *scan = ho_pci_scan_read (what->root, (const char *const *) what->slots);

  ho_pci_scan_remember (scan, what->before, what->root);
  g_task_return_pointer (task, scan, (GDestroyNotify) ho_pci_scan_unref);
}

static void
on_looked (GObject *object, GAsyncResult *result, gpointer user_data)
{
  HoGpuMonitor *self = HO_GPU_MONITOR (object);
  const Look *what = g_task_get_task_data (G_TASK (result));
  g_autoptr (GPtrArray) done = g_steal_pointer (&self->waiting);

  g_clear_pointer (&self->scan, ho_pci_scan_unref);
  self->scan = g_task_propagate_pointer (G_TASK (result), NULL);
  self->looked
      = g_strv_equal ((const char *const *) what->slots, (const char *const *) self->slots);
  self->looking = FALSE;
  self->waiting = g_steal_pointer (&self->next);
  self->next = g_ptr_array_new_with_free_func (g_object_unref);
  g_signal_emit (self, signals[CHANGED], 0);
  for (guint i = 0; i < done->len; i++)
    g_task_return_boolean (done->pdata[i], TRUE);
  if (self->again)
    look (self);
}

static void
look (HoGpuMonitor *self)
{
  g_autoptr (GTask) task = NULL;
  Look *what;

  g_clear_handle_id (&self->gathering, g_source_remove);
  self->again = self->looking;
  if (self->looking)
    return;
  self->looking = TRUE;
  what = g_new0 (Look, 1);
  what->root = g_strdup (self->root);
  what->slots = g_strdupv (self->slots);
  what->before = ho_pci_scan_ref (self->scan);
  task = g_task_new (self, NULL, on_looked, NULL);
  g_task_set_task_data (task, what, look_free);
  g_task_run_in_thread (task, look_in_thread);
}

static gboolean
on_gathered (gpointer user_data)
{
  HoGpuMonitor *self = user_data;

  self->gathering = 0;
  look (self);
  return G_SOURCE_REMOVE;
}

/* …/0000:00:01.0/0000:01:00.0/drm/card1 is in slot 0000:01:00. */
static gboolean
concerns (HoGpuMonitor *self, const char *path)
{
  for (guint i = 0; self->slots[i] != NULL; i++)
    {
      g_autofree char *part = g_strdup_printf ("/%s.", self->slots[i]);

      if (strstr (path, part) != NULL)
        return TRUE;
    }
  return FALSE;
}

static void
on_uevent (HoGpuMonitor *self, const char *action, GUdevDevice *device)
{
  /* A monitor that was plugged in, or a sound jack, changes no card. */
  if (g_str_equal (action, "change") || !concerns (self, g_udev_device_get_sysfs_path (device)))
    return;
  if (self->gathering == 0)
    self->gathering = g_timeout_add (GATHER, on_gathered, self);
}

static void
ho_gpu_monitor_dispose (GObject *object)
{
  HoGpuMonitor *self = HO_GPU_MONITOR (object);

  g_clear_handle_id (&self->gathering, g_source_remove);
  g_clear_object (&self->client);

  G_OBJECT_CLASS (ho_gpu_monitor_parent_class)->dispose (object);
}

static void
ho_gpu_monitor_finalize (GObject *object)
{
  HoGpuMonitor *self = HO_GPU_MONITOR (object);

  g_free (self->root);
  g_strfreev (self->slots);
  g_ptr_array_unref (self->waiting);
  g_ptr_array_unref (self->next);
  ho_pci_scan_unref (self->scan);

  G_OBJECT_CLASS (ho_gpu_monitor_parent_class)->finalize (object);
}

static void
ho_gpu_monitor_class_init (HoGpuMonitorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_gpu_monitor_dispose;
  object_class->finalize = ho_gpu_monitor_finalize;

  signals[CHANGED] = g_signal_new ("changed", HO_TYPE_GPU_MONITOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
ho_gpu_monitor_init (HoGpuMonitor *self)
{
  self->slots = g_new0 (char *, 1);
  self->scan = ho_pci_scan_new ();
  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  self->next = g_ptr_array_new_with_free_func (g_object_unref);
}

/**
 * ho_gpu_monitor_new:
 * @root: (nullable): where `sys`, `dev` and `proc` are: `/`, or a constructed root in a test; %NULL
 *   if the guests are not on this machine and its cards are none of theirs
 *
 * Returns: (transfer full): a monitor without slots
 */
HoGpuMonitor *
ho_gpu_monitor_new (const char *root)
{
  HoGpuMonitor *self = g_object_new (HO_TYPE_GPU_MONITOR, NULL);

  self->root = g_strdup (root);
  return self;
}

/**
 * ho_gpu_monitor_get_root:
 * @self: a monitor
 *
 * Returns: (nullable): where it looks
 */
const char *
ho_gpu_monitor_get_root (HoGpuMonitor *self)
{
  return self->root;
}

/**
 * ho_gpu_monitor_get_scan:
 * @self: a monitor
 *
 * Returns: (transfer none): what was seen last
 */
HoPciScan *
ho_gpu_monitor_get_scan (HoGpuMonitor *self)
{
  return self->scan;
}

/**
 * ho_gpu_monitor_has_looked:
 * @self: a monitor
 *
 * Returns: whether the slots that are set now have been looked at
 */
gboolean
ho_gpu_monitor_has_looked (HoGpuMonitor *self)
{
  return self->looked;
}

static gboolean
is_idle (HoGpuMonitor *self)
{
  return self->root == NULL || self->slots[0] == NULL;
}

static void
begin (HoGpuMonitor *self)
{
  static const char *const subsystems[] = { "pci", "drm", "sound", "graphics", "i2c-dev", NULL };

  self->looked = FALSE;
  if (is_idle (self))
    return;
  if (self->client == NULL)
    {
      self->client = g_udev_client_new (subsystems);
      g_signal_connect_object (self->client, "uevent", G_CALLBACK (on_uevent), self,
                               G_CONNECT_SWAPPED);
    }
  look (self);
}

/**
 * ho_gpu_monitor_set_root:
 * @self: a monitor
 * @root: (nullable): as for ho_gpu_monitor_new()
 */
void
ho_gpu_monitor_set_root (HoGpuMonitor *self, const char *root)
{
  if (g_strcmp0 (root, self->root) == 0)
    return;
  g_free (self->root);
  self->root = g_strdup (root);
  if (is_idle (self))
    {
      ho_pci_scan_unref (self->scan);
      self->scan = ho_pci_scan_new ();
      g_signal_emit (self, signals[CHANGED], 0);
    }
  begin (self);
}

/**
 * ho_gpu_monitor_set_slots:
 * @self: a monitor
 * @slots: the slots (`0000:01:00`) to look at, sorted
 */
void
ho_gpu_monitor_set_slots (HoGpuMonitor *self, const char *const *slots)
{
  if (g_strv_equal (slots, (const char *const *) self->slots))
    return;
  g_strfreev (self->slots);
  self->slots = g_strdupv ((char **) slots);
  begin (self);
}

/**
 * ho_gpu_monitor_note_change:
 * @self: a monitor
 *
 * Looks soon: somebody other than the kernel has told that a driver has begun to take or leave a
 * card.
 */
void
ho_gpu_monitor_note_change (HoGpuMonitor *self)
{
  if (!is_idle (self) && self->gathering == 0)
    self->gathering = g_timeout_add (GATHER_UNSEEN, on_gathered, self);
}

/**
 * ho_gpu_monitor_refresh_async:
 * @self: a monitor
 * @cancellable: (nullable): forgets the answer
 * @callback: called after a look that began after this call
 * @user_data: for @callback
 */
void
ho_gpu_monitor_refresh_async (HoGpuMonitor *self, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ho_gpu_monitor_refresh_async);
  if (is_idle (self))
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }
  /* The look under way may have passed what the caller wants to see. */
  g_ptr_array_add (self->looking ? self->next : self->waiting, task);
  look (self);
}

gboolean
ho_gpu_monitor_refresh_finish (HoGpuMonitor *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
