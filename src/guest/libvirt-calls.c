/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "libvirt-calls.h"

#include "error.h"
#include "libvirt-error.h"
#include "libvirt-state.h"

/* Each call looks its guest up by UUID: a name may have moved to another guest since. */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (virDomain, virDomainFree)

/**
 * ho_libvirt_args_new:
 * @uuid: (nullable): the guest
 * @text: (nullable): XML or an alias, as the call wants it
 * @number: an act or a flag, as the call wants it
 *
 * Returns: (transfer full): arguments for a call
 */
HoLibvirtArgs *
ho_libvirt_args_new (const char *uuid, const char *text, int number)
{
  HoLibvirtArgs *args = g_new0 (HoLibvirtArgs, 1);

  args->uuid = g_strdup (uuid);
  args->text = g_strdup (text);
  args->number = number;
  return args;
}

void
ho_libvirt_args_free (HoLibvirtArgs *args)
{
  g_free (args->uuid);
  g_free (args->text);
  g_strfreev (args->texts);
  g_free (args);
}

static void
return_last_error (GTask *task)
{
  g_task_return_error (task, ho_libvirt_error_to_error (virGetLastError ()));
}

static void
return_result (GTask *task, int result)
{
  if (result < 0)
    return_last_error (task);
  else
    g_task_return_boolean (task, TRUE);
}

/* Reads one guest; in a thread. %NULL, with libvirt's last error set, when it can't be read. */
static HoGuestRecord *
read_record (virDomainPtr domain)
{
  g_autoptr (GError) error = NULL;
  HoDomainFacts *facts;
  HoGuestState state;
  HoGuestReason why;
  int raw_state, raw_reason, persistent;
  char *xml;

  if (virDomainGetState (domain, &raw_state, &raw_reason, 0) < 0)
    return NULL;
  persistent = virDomainIsPersistent (domain);
  xml = virDomainGetXMLDesc (domain, 0);
  if (xml == NULL)
    return NULL;

  facts = ho_domain_facts_new_from_xml (xml, &error);
  free (xml);
  if (facts == NULL)
    {
      g_warning ("%s: %s", virDomainGetName (domain), error->message);
      return NULL;
    }
  state = ho_libvirt_translate_state (raw_state, raw_reason, &why);
  return ho_guest_record_new (state, why, persistent != 0, facts);
}

/* Guests that only carry devices home are nobody's to see or start. */
static gboolean
is_borrower (virDomainPtr domain)
{
  return g_str_has_prefix (virDomainGetName (domain), HO_BORROWER_PREFIX);
}

/* Returns a #HoGuestRecord. */
void
ho_libvirt_call_read (GTask *task, virConnectPtr conn, const HoLibvirtArgs *args)
{
  g_autoptr (virDomain) domain = virDomainLookupByUUIDString (conn, args->uuid);
  HoGuestRecord *record = NULL;

  if (domain != NULL && is_borrower (domain))
    {
      g_task_return_new_error (task, HO_ERROR, HO_ERROR_NOT_FOUND, "not a guest");
      return;
    }
  record = domain != NULL ? read_record (domain) : NULL;
  if (record != NULL)
    g_task_return_pointer (task, record, (GDestroyNotify) ho_guest_record_unref);
  else
    return_last_error (task);
}

/* Returns a #GPtrArray of #HoGuestRecord, one for each guest. */
void
ho_libvirt_call_list (GTask *task, virConnectPtr conn, const HoLibvirtArgs *args)
{
  g_autoptr (GPtrArray) records
      = g_ptr_array_new_with_free_func ((GDestroyNotify) ho_guest_record_unref);
  virDomainPtr *domains = NULL;
  int n = virConnectListAllDomains (conn, &domains, 0);

  if (n < 0)
    {
      return_last_error (task);
      return;
    }
  for (int i = 0; i < n; i++)
    {
      HoGuestRecord *record = is_borrower (domains[i]) ? NULL : read_record (domains[i]);

      /* One that cannot be read was undefined meanwhile. */
      if (record != NULL)
        g_ptr_array_add (records, record);
      virDomainFree (domains[i]);
    }
  free (domains);
  g_task_return_pointer (task, g_steal_pointer (&records), (GDestroyNotify) g_ptr_array_unref);
}

/* Returns whether libvirt has found the guest's QEMU again, or found that it is gone. This is one
 * of the few questions that libvirt answers after all that is under way for a guest, yet without
 * asking the guest. */
void
ho_libvirt_call_settle (GTask *task, virConnectPtr conn, const HoLibvirtArgs *args)
{
  g_autoptr (virDomain) domain = virDomainLookupByUUIDString (conn, args->uuid);
  virTypedParameterPtr events = NULL;
  int n_events = 0;
  gboolean late = domain != NULL && virDomainGetPerfEvents (domain, &events, &n_events, 0) < 0
                  && virGetLastErrorCode () == VIR_ERR_OPERATION_TIMEOUT;

  virTypedParamsFree (events, n_events);
  g_task_return_boolean (task, !late);
}

static int
do_act (virDomainPtr domain, HoGuestAct act)
{
  switch (act)
    {
    case HO_GUEST_ACT_START:
      return virDomainCreate (domain);
    case HO_GUEST_ACT_SHUT_DOWN:
      /* Without a flag libvirt asks the guest agent if one is connected, else the power button. */
      return virDomainShutdown (domain);
    case HO_GUEST_ACT_FORCE_OFF:
      return virDomainDestroy (domain);
    case HO_GUEST_ACT_PAUSE:
      return virDomainSuspend (domain);
    case HO_GUEST_ACT_RESUME:
      return virDomainResume (domain);
    case HO_GUEST_ACT_WAKE:
      return virDomainPMWakeup (domain, 0);
    default:
      g_assert_not_reached ();
    }
}

/* Returns a #HoGuestRecord of what the act has led to, or %NULL if the guest is gone by then. */
void
ho_libvirt_call_act (GTask *task, virConnectPtr conn, const HoLibvirtArgs *args)
{
  g_autoptr (virDomain) domain = virDomainLookupByUUIDString (conn, args->uuid);

  if (domain == NULL || do_act (domain, (HoGuestAct) args->number) < 0)
    return_last_error (task);
  else
    g_task_return_pointer (task, read_record (domain), (GDestroyNotify) ho_guest_record_unref);
}

/* Returns the XML, a string for g_free(). */
void
ho_libvirt_call_get_xml (GTask *task, virConnectPtr conn, const HoLibvirtArgs *args)
{
  g_autoptr (virDomain) domain = virDomainLookupByUUIDString (conn, args->uuid);
  gboolean inactive = args->number;
  /* A definition that is to be changed and given back must keep its secrets. */
  unsigned int flags = inactive ? VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE : 0;
  char *xml = domain != NULL ? virDomainGetXMLDesc (domain, flags) : NULL;

  if (xml == NULL)
    {
      return_last_error (task);
      return;
    }
  g_task_return_pointer (task, g_strdup (xml), g_free);
  free (xml);
}

void
ho_libvirt_call_define_xml (GTask *task, virConnectPtr conn, const HoLibvirtArgs *args)
{
  g_autoptr (virDomain) domain
      = virDomainDefineXMLFlags (conn, args->text, VIR_DOMAIN_DEFINE_VALIDATE);

  return_result (task, domain != NULL ? 0 : -1);
}

void
ho_libvirt_attached_free (HoLibvirtAttached *attached)
{
  g_clear_error (&attached->error);
  g_clear_pointer (&attached->record, ho_guest_record_unref);
  g_free (attached);
}

/* Returns a #HoLibvirtAttached. */
void
ho_libvirt_call_attach_devices (GTask *task, virConnectPtr conn, const HoLibvirtArgs *args)
{
  g_autoptr (virDomain) domain = virDomainLookupByUUIDString (conn, args->uuid);
  HoLibvirtAttached *attached;

  if (domain == NULL)
    {
      return_last_error (task);
      return;
    }
  attached = g_new0 (HoLibvirtAttached, 1);
  while (attached->error == NULL && args->texts[attached->n_attached] != NULL)
    {
      if (virDomainAttachDeviceFlags (domain, args->texts[attached->n_attached],
                                      VIR_DOMAIN_AFFECT_LIVE)
          < 0)
        attached->error = ho_libvirt_error_to_error (virGetLastError ());
      else
        attached->n_attached++;
    }
  if (attached->n_attached > 0)
    attached->record = read_record (domain);
  g_task_return_pointer (task, attached, (GDestroyNotify) ho_libvirt_attached_free);
}

/* A guest that is destroyed gracefully gives its devices back to the host's drivers, also those
 * that had none. This one is never resumed, and goes with the connection if we die meanwhile. */
void
ho_libvirt_call_borrow_devices (GTask *task, virConnectPtr conn, const HoLibvirtArgs *args)
{
  g_autoptr (virDomain) domain = virDomainCreateXML (
      conn, args->text, VIR_DOMAIN_START_PAUSED | VIR_DOMAIN_START_AUTODESTROY);

  return_result (task,
                 domain == NULL ? -1 : virDomainDestroyFlags (domain, VIR_DOMAIN_DESTROY_GRACEFUL));
}

void
ho_libvirt_call_detach_alias (GTask *task, virConnectPtr conn, const HoLibvirtArgs *args)
{
  g_autoptr (virDomain) domain = virDomainLookupByUUIDString (conn, args->uuid);

  return_result (task, domain == NULL ? -1
                                      : virDomainDetachDeviceAlias (domain, args->text,
                                                                    VIR_DOMAIN_AFFECT_LIVE));
}
