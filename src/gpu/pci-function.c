/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pci-function.h"

#include <sys/sysmacros.h>

static void
device_node_free (gpointer data)
{
  HoDeviceNode *node = data;

  g_free (node->name);
  g_free (node->subsystem);
  g_free (node);
}

static HoDeviceNode *
device_node_new (const char *name, const char *subsystem, dev_t device, gboolean present)
{
  HoDeviceNode *node = g_new0 (HoDeviceNode, 1);

  node->name = g_strdup (name);
  node->subsystem = g_strdup (subsystem);
  node->device = device;
  node->present = present;
  return node;
}

static gboolean
has_number (const GPtrArray *nodes, dev_t device)
{
  for (guint i = 0; i < nodes->len; i++)
    {
      if (((const HoDeviceNode *) nodes->pdata[i])->device == device)
        return TRUE;
    }
  return FALSE;
}

/**
 * ho_pci_function_new:
 * @address: where it is
 *
 * Returns: (transfer full): a function of which nothing else is known
 */
HoPciFunction *
ho_pci_function_new (const char *address)
{
  HoPciFunction *self = g_atomic_rc_box_new0 (HoPciFunction);

  self->address = g_strdup (address);
  self->group = -1;
  self->nodes = g_ptr_array_new_with_free_func (device_node_free);
  self->gone = g_ptr_array_new_with_free_func (device_node_free);
  self->modules = g_ptr_array_new_with_free_func (g_free);
  return self;
}

HoPciFunction *
ho_pci_function_ref (HoPciFunction *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
pci_function_clear (gpointer data)
{
  HoPciFunction *self = data;

  g_free (self->address);
  g_free (self->name);
  g_free (self->driver);
  g_free (self->leaving);
  g_ptr_array_unref (self->nodes);
  g_ptr_array_unref (self->gone);
  g_ptr_array_unref (self->modules);
}

void
ho_pci_function_unref (HoPciFunction *self)
{
  g_atomic_rc_box_release_full (self, pci_function_clear);
}

static gboolean
nodes_equal (const GPtrArray *a, const GPtrArray *b)
{
  if (a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    {
      const HoDeviceNode *first = a->pdata[i], *second = b->pdata[i];

      if (first->device != second->device || first->present != second->present
          || g_strcmp0 (first->name, second->name) != 0)
        return FALSE;
    }
  return TRUE;
}

/**
 * ho_pci_function_equal:
 * @a: a function
 * @b: the same function at another time, or another one
 *
 * Returns: whether nothing differs between @a and @b
 */
gboolean
ho_pci_function_equal (const HoPciFunction *a, const HoPciFunction *b)
{
  return g_strcmp0 (a->address, b->address) == 0 && g_strcmp0 (a->driver, b->driver) == 0
         && g_strcmp0 (a->name, b->name) == 0 && a->group == b->group && a->kind == b->kind
         && nodes_equal (a->nodes, b->nodes);
}

/**
 * ho_pci_function_is_set_aside:
 * @self: a function
 *
 * Returns: whether its driver is one that gives devices to guests: vfio-pci, a variant of it for
 * one vendor's devices, or pci-stub, which only keeps others away
 */
gboolean
ho_pci_function_is_set_aside (const HoPciFunction *self)
{
  return self->driver != NULL
         && (g_str_equal (self->driver, "vfio-pci") || g_str_has_suffix (self->driver, "-vfio-pci")
             || g_str_has_suffix (self->driver, "_vfio_pci")
             || g_str_equal (self->driver, "pci-stub"));
}

/**
 * ho_pci_function_has_all_nodes:
 * @self: a function
 *
 * Returns: whether every node that its driver has made is in /dev, too
 */
gboolean
ho_pci_function_has_all_nodes (const HoPciFunction *self)
{
  for (guint i = 0; i < self->nodes->len; i++)
    {
      if (!((const HoDeviceNode *) self->nodes->pdata[i])->present)
        return FALSE;
    }
  return TRUE;
}

gboolean
ho_pci_function_has_node_of (const HoPciFunction *self, const char *subsystem)
{
  for (guint i = 0; i < self->nodes->len; i++)
    {
      if (g_str_equal (((const HoDeviceNode *) self->nodes->pdata[i])->subsystem, subsystem))
        return TRUE;
    }
  return FALSE;
}

/**
 * ho_pci_function_add_node:
 * @self: a function that nobody else has seen yet
 * @name: path of the node below /dev
 * @subsystem: its subsystem
 * @device: its number
 * @present: whether it is there
 */
void
ho_pci_function_add_node (HoPciFunction *self, const char *name, const char *subsystem,
                          dev_t device, gboolean present)
{
  g_ptr_array_add (self->nodes, device_node_new (name, subsystem, device, present));
}

/* Whether some device of the kernel has this number now. */
static gboolean
is_taken (const char *root, dev_t device)
{
  g_autofree char *path
      = g_strdup_printf ("%s/sys/dev/char/%u:%u", root, major (device), minor (device));

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
remember_gone (HoPciFunction *self, const GPtrArray *nodes, const char *root)
{
  for (guint i = 0; i < nodes->len; i++)
    {
      const HoDeviceNode *node = nodes->pdata[i];

      if (!has_number (self->nodes, node->device) && !is_taken (root, node->device))
        g_ptr_array_add (self->gone,
                         device_node_new (node->name, node->subsystem, node->device, FALSE));
    }
}

/**
 * ho_pci_function_remember:
 * @self: a function that nobody else has seen yet
 * @before: the same function as it was seen the time before
 * @root: where `sys` is
 *
 * Takes from @before which nodes @self had, if the driver has taken them away and not let go of it;
 * and which driver that is, if it has begun to.
 */
void
ho_pci_function_remember (HoPciFunction *self, const HoPciFunction *before, const char *root)
{
  if (self->driver == NULL && !ho_pci_function_is_set_aside (before))
    self->leaving = g_strdup (before->driver != NULL ? before->driver : before->leaving);
  else if (self->driver == NULL || g_strcmp0 (self->driver, before->driver) != 0)
    return;
  remember_gone (self, before->nodes, root);
  remember_gone (self, before->gone, root);
}

/**
 * ho_pci_kind_to_string:
 * @kind: a kind
 *
 * Returns: its name in JSON and on D-Bus; not for people
 */
const char *
ho_pci_kind_to_string (HoPciKind kind)
{
  static const char *const names[] = { "other", "display", "audio", "usb", "serial", "bridge" };

  g_return_val_if_fail ((guint) kind < G_N_ELEMENTS (names), NULL);
  return names[kind];
}

/**
 * ho_pci_address_dup_slot:
 * @address: the address of a function, `0000:01:00.1`
 *
 * Returns: (transfer full): its slot, `0000:01:00`, which the functions of one card share
 */
char *
ho_pci_address_dup_slot (const char *address)
{
  const char *dot = strrchr (address, '.');

  return dot != NULL ? g_strndup (address, (gsize) (dot - address)) : g_strdup (address);
}
