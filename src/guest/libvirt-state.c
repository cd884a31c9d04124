/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "libvirt-state.h"

#include <libvirt/libvirt.h>

/* libvirt's states and reasons, https://libvirt.org/html/libvirt-libvirt-domain.html */

/**
 * ho_libvirt_translate_state:
 * @state: a virDomainState
 * @reason: the reason that belongs to it
 * @why: (out): the reason as far as users are told
 *
 * Returns: the state as users see it
 */
HoGuestState
ho_libvirt_translate_state (int state, int reason, HoGuestReason *why)
{
  *why = HO_REASON_NONE;
  switch (state)
    {
    case VIR_DOMAIN_RUNNING:
    case VIR_DOMAIN_BLOCKED:
      return HO_GUEST_RUNNING;
    case VIR_DOMAIN_PAUSED:
      if (reason == VIR_DOMAIN_PAUSED_STARTING_UP)
        return HO_GUEST_STARTING;
      if (reason == VIR_DOMAIN_PAUSED_SHUTTING_DOWN)
        return HO_GUEST_STOPPING;
      if (reason == VIR_DOMAIN_PAUSED_IOERROR)
        *why = HO_REASON_IO_ERROR;
      return HO_GUEST_PAUSED;
    case VIR_DOMAIN_SHUTDOWN:
      return HO_GUEST_STOPPING;
    case VIR_DOMAIN_CRASHED:
      return HO_GUEST_CRASHED;
    case VIR_DOMAIN_PMSUSPENDED:
      return HO_GUEST_SUSPENDED;
    case VIR_DOMAIN_SHUTOFF:
      if (reason == VIR_DOMAIN_SHUTOFF_CRASHED)
        return HO_GUEST_CRASHED;
      if (reason == VIR_DOMAIN_SHUTOFF_DESTROYED)
        *why = HO_REASON_FORCED_OFF;
      else if (reason == VIR_DOMAIN_SHUTOFF_SAVED)
        *why = HO_REASON_SAVED;
      else if (reason == VIR_DOMAIN_SHUTOFF_FAILED)
        *why = HO_REASON_FAILED;
      return HO_GUEST_OFF;
    default:
      return HO_GUEST_OFF;
    }
}

/**
 * ho_libvirt_translate_event:
 * @event: a virDomainEventType
 * @detail: the detail that belongs to it
 * @state: (out): the state that the guest is in now
 * @why: (out): the reason as far as users are told
 *
 * Returns: whether @event says anything of the state
 */
gboolean
ho_libvirt_translate_event (int event, int detail, HoGuestState *state, HoGuestReason *why)
{
  *why = HO_REASON_NONE;
  switch (event)
    {
    case VIR_DOMAIN_EVENT_STARTED:
    case VIR_DOMAIN_EVENT_RESUMED:
      *state = HO_GUEST_RUNNING;
      return TRUE;
    case VIR_DOMAIN_EVENT_SUSPENDED:
      *state = HO_GUEST_PAUSED;
      if (detail == VIR_DOMAIN_EVENT_SUSPENDED_IOERROR)
        *why = HO_REASON_IO_ERROR;
      return TRUE;
    case VIR_DOMAIN_EVENT_STOPPED:
      *state = detail == VIR_DOMAIN_EVENT_STOPPED_CRASHED ? HO_GUEST_CRASHED : HO_GUEST_OFF;
      if (detail == VIR_DOMAIN_EVENT_STOPPED_DESTROYED)
        *why = HO_REASON_FORCED_OFF;
      else if (detail == VIR_DOMAIN_EVENT_STOPPED_SAVED)
        *why = HO_REASON_SAVED;
      else if (detail == VIR_DOMAIN_EVENT_STOPPED_FAILED)
        *why = HO_REASON_FAILED;
      return TRUE;
    case VIR_DOMAIN_EVENT_SHUTDOWN:
      *state = HO_GUEST_STOPPING;
      return TRUE;
    case VIR_DOMAIN_EVENT_PMSUSPENDED:
      *state = HO_GUEST_SUSPENDED;
      return TRUE;
    case VIR_DOMAIN_EVENT_CRASHED:
      *state = HO_GUEST_CRASHED;
      return TRUE;
    default:
      return FALSE;
    }
}
