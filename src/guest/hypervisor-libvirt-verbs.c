/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "hypervisor-libvirt-private.h"

#include "libvirt-channel.h"

/* The verbs of #HoHypervisor: each is a call in the pool. */

static void
on_acted (GObject *object, GAsyncResult *result, gpointer user_data)
{
  HoHypervisorLibvirt *self = HO_HYPERVISOR_LIBVIRT (object);
  g_autoptr (GTask) outer = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (HoGuestRecord) record = g_task_propagate_pointer (G_TASK (result), &error);

  if (record != NULL)
    ho_hypervisor_libvirt_tell (self, result, record);
  if (error != NULL)
    g_task_return_error (outer, g_steal_pointer (&error));
  else
    g_task_return_boolean (outer, TRUE);
}

/* The inner task of an act, which knows the connection that it is for. Takes @outer. */
static GTask *
new_act_task (HoHypervisorLibvirt *self, GTask *outer, GAsyncReadyCallback callback)
{
  GTask *task = g_task_new (self, g_task_get_cancellable (outer), callback, outer);

  if (self->link != NULL)
    g_task_set_task_data (task, ho_libvirt_link_ref (self->link), ho_libvirt_link_unref);
  return task;
}

static void
on_started (GObject *object, GAsyncResult *result, gpointer user_data)
{
  HoHypervisorLibvirt *self = HO_HYPERVISOR_LIBVIRT (object);
  g_autofree char *uuid = g_strdup (g_object_get_data (G_OBJECT (result), "uuid"));

  g_hash_table_remove (self->starts, uuid);
  on_acted (object, result, user_data);
  /* What was told of it meanwhile was not read, and one that did not start was not read at all. */
  if (self->link != NULL)
    ho_hypervisor_libvirt_read (self, uuid);
}

static void
ho_hypervisor_libvirt_act (HoHypervisor *hypervisor, const char *uuid, HoGuestAct act, GTask *task)
{
  HoHypervisorLibvirt *self = HO_HYPERVISOR_LIBVIRT (hypervisor);
  gboolean starts = act == HO_GUEST_ACT_START && !g_hash_table_contains (self->starts, uuid);
  GTask *inner = new_act_task (self, task, starts ? on_started : on_acted);

  g_object_set_data_full (G_OBJECT (inner), "uuid", g_strdup (uuid), g_free);
  ho_hypervisor_libvirt_push (self, inner, ho_libvirt_call_act,
                              ho_libvirt_args_new (uuid, NULL, act));
  if (starts)
    g_hash_table_add (self->starts, g_strdup (uuid));
}

static void
ho_hypervisor_libvirt_look (HoHypervisor *hypervisor, const char *uuid, GTask *task)
{
  HoHypervisorLibvirt *self = HO_HYPERVISOR_LIBVIRT (hypervisor);

  ho_hypervisor_libvirt_push (self, new_act_task (self, task, on_acted), ho_libvirt_call_read,
                              ho_libvirt_args_new (uuid, NULL, 0));
}

static void
ho_hypervisor_libvirt_get_xml (HoHypervisor *hypervisor, const char *uuid, gboolean inactive,
                               GTask *task)
{
  ho_hypervisor_libvirt_push (HO_HYPERVISOR_LIBVIRT (hypervisor), task, ho_libvirt_call_get_xml,
                              ho_libvirt_args_new (uuid, NULL, inactive));
}

static void
ho_hypervisor_libvirt_get_host (HoHypervisor *hypervisor, const char *uuid, GTask *task)
{
  ho_hypervisor_libvirt_push (HO_HYPERVISOR_LIBVIRT (hypervisor), task, ho_libvirt_call_get_host,
                              ho_libvirt_args_new (uuid, NULL, 0));
}

static void
ho_hypervisor_libvirt_define_xml (HoHypervisor *hypervisor, const char *xml, GTask *task)
{
  ho_hypervisor_libvirt_push (HO_HYPERVISOR_LIBVIRT (hypervisor), task, ho_libvirt_call_define_xml,
                              ho_libvirt_args_new (NULL, xml, 0));
}

static void
on_attached (GObject *object, GAsyncResult *result, gpointer user_data)
{
  HoHypervisorLibvirt *self = HO_HYPERVISOR_LIBVIRT (object);
  g_autoptr (GTask) outer = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (HoLibvirtAttached) attached = g_task_propagate_pointer (G_TASK (result), &error);
  HoGuestRecord *record = attached != NULL ? attached->record : NULL;
  const char *uuid = g_object_get_data (G_OBJECT (result), "uuid");

  if (record != NULL)
    ho_hypervisor_libvirt_tell (self, result, record);
  if (ho_own_events_end (self->own, uuid, record != NULL ? record->facts : NULL)
      && self->link != NULL)
    ho_hypervisor_libvirt_read (self, uuid);
  if (attached != NULL)
    {
      g_task_set_task_data (outer, GUINT_TO_POINTER (attached->n_attached), NULL);
      error = g_steal_pointer (&attached->error);
    }
  if (error != NULL)
    g_task_return_error (outer, g_steal_pointer (&error));
  else
    g_task_return_boolean (outer, TRUE);
}

static void
ho_hypervisor_libvirt_attach_devices (HoHypervisor *hypervisor, const char *uuid,
                                      const char *const *xmls, GTask *task)
{
  HoHypervisorLibvirt *self = HO_HYPERVISOR_LIBVIRT (hypervisor);
  HoLibvirtArgs *args = ho_libvirt_args_new (uuid, NULL, 0);
  GTask *inner = new_act_task (self, task, on_attached);

  args->texts = g_strdupv ((char **) xmls);
  g_object_set_data_full (G_OBJECT (inner), "uuid", g_strdup (uuid), g_free);
  ho_own_events_begin (self->own, uuid);
  ho_hypervisor_libvirt_push (self, inner, ho_libvirt_call_attach_devices, args);
}

static void
ho_hypervisor_libvirt_detach_alias (HoHypervisor *hypervisor, const char *uuid, const char *alias,
                                    GTask *task)
{
  ho_hypervisor_libvirt_push (HO_HYPERVISOR_LIBVIRT (hypervisor), task,
                              ho_libvirt_call_detach_alias, ho_libvirt_args_new (uuid, alias, 0));
}

static void
ho_hypervisor_libvirt_open_channel (HoHypervisor *hypervisor, const char *uuid, const char *name,
                                    GTask *task)
{
  ho_hypervisor_libvirt_push (HO_HYPERVISOR_LIBVIRT (hypervisor), task,
                              ho_libvirt_call_open_channel, ho_libvirt_args_new (uuid, name, 0));
}

static void
ho_hypervisor_libvirt_borrow_devices (HoHypervisor *hypervisor, const char *xml, GTask *task)
{
  ho_hypervisor_libvirt_push (HO_HYPERVISOR_LIBVIRT (hypervisor), task,
                              ho_libvirt_call_borrow_devices, ho_libvirt_args_new (NULL, xml, 0));
}

void
ho_hypervisor_libvirt_iface_init (HoHypervisorInterface *iface)
{
  iface->act = ho_hypervisor_libvirt_act;
  iface->look = ho_hypervisor_libvirt_look;
  iface->get_xml = ho_hypervisor_libvirt_get_xml;
  iface->get_host = ho_hypervisor_libvirt_get_host;
  iface->define_xml = ho_hypervisor_libvirt_define_xml;
  iface->attach_devices = ho_hypervisor_libvirt_attach_devices;
  iface->detach_alias = ho_hypervisor_libvirt_detach_alias;
  iface->open_channel = ho_hypervisor_libvirt_open_channel;
  iface->borrow_devices = ho_hypervisor_libvirt_borrow_devices;
}
