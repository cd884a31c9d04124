/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "libvirt-error.h"

#include <errno.h>

#include "error.h"
#include "libvirt-reason.h"

#include <glib/gi18n.h>

/* libvirt's errors in a user's words. The raw text stays in the sentence, since it is what people
 * search the web for. Codes: https://libvirt.org/html/libvirt-virterror.html */

static const char *
get_text (const virError *failure)
{
  return failure != NULL && failure->message != NULL ? failure->message : _ ("unknown error");
}

static gboolean
is_permission (const virError *failure)
{
  switch (failure->code)
    {
    case VIR_ERR_AUTH_FAILED:
    case VIR_ERR_AUTH_CANCELLED:
    case VIR_ERR_AUTH_UNAVAILABLE:
    case VIR_ERR_ACCESS_DENIED:
      return TRUE;
    case VIR_ERR_SYSTEM_ERROR:
      return failure->int1 == EACCES || failure->int1 == EPERM;
    default:
      return FALSE;
    }
}

/**
 * ho_libvirt_error_get_connection_state:
 * @failure: (nullable): why no connection could be opened
 *
 * Returns: the state that follows: denied, or unreachable
 */
HoConnectionState
ho_libvirt_error_get_connection_state (const virError *failure)
{
  return failure != NULL && is_permission (failure) ? HO_CONNECTION_DENIED
                                                    : HO_CONNECTION_UNREACHABLE;
}

static gboolean
is_bad_uri (const virError *failure)
{
  return failure->code == VIR_ERR_NO_CONNECT || failure->code == VIR_ERR_INVALID_ARG
         || failure->code == VIR_ERR_CONFIG_UNSUPPORTED || failure->code == VIR_ERR_XML_ERROR
         || (failure->code == VIR_ERR_INTERNAL_ERROR && failure->domain == VIR_FROM_URI);
}

/**
 * ho_libvirt_error_explain_connection:
 * @failure: (nullable): why no connection could be opened
 * @uri: what was to be opened
 *
 * Returns: (transfer full): what failed, why, and what to do, in a sentence or two
 */
char *
ho_libvirt_error_explain_connection (const virError *failure, const char *uri)
{
  if (failure != NULL && is_permission (failure))
    return g_strdup_printf (_ ("libvirt does not let you use %s (%s). Add yourself to the group "
                               "“libvirt” with “sudo usermod -aG libvirt $USER”, then log in "
                               "again."),
                            uri, get_text (failure));
  if (failure != NULL && is_bad_uri (failure))
    return g_strdup_printf (_ ("The connection “%s” is not one that libvirt knows (%s). Correct "
                               "“connection-uri” in the settings, or the option --connect."),
                            uri, get_text (failure));
  return g_strdup_printf (_ ("libvirt does not answer at %s (%s). Install libvirt, or start it "
                             "with “sudo systemctl enable --now libvirtd.socket” (or "
                             "“virtqemud.socket”)."),
                          uri, get_text (failure));
}

/* The raw text in one line: QEMU's last words come in several, each with the time and its name. */
static char *
get_line (const virError *failure)
{
  g_autoptr (GString) line = g_string_new (get_text (failure));

  while (line->len > 0 && g_ascii_isspace (line->str[line->len - 1]))
    g_string_truncate (line, line->len - 1);
  g_string_replace (line, "\r", "", 0);
  g_string_replace (line, "\n", "; ", 0);
  return g_string_free (g_steal_pointer (&line), FALSE);
}

/* Our own hook has a sentence for the user on its standard error, which libvirt puts at the end. */
static GError *
explain_hook (const char *raw)
{
  const char *marker = strstr (raw, HO_HOOK_MARKER);

  if (marker != NULL)
    return g_error_new (HO_ERROR, HO_ERROR_REFUSED, "%s", marker + strlen (HO_HOOK_MARKER));
  return g_error_new (HO_ERROR, HO_ERROR_FAILED, "%s", raw);
}

/**
 * ho_libvirt_error_to_error:
 * @failure: (nullable): what libvirt said
 *
 * Returns: (transfer full): the same as a #GError of %HO_ERROR
 */
GError *
ho_libvirt_error_to_error (const virError *failure)
{
  g_autofree char *raw = get_line (failure);
  HoError code;
  const char *reason = ho_libvirt_reason_find (raw, &code);

  if (reason != NULL)
    return g_error_new (HO_ERROR, (int) code, "%s (%s)", reason, raw);
  if (failure == NULL)
    return g_error_new (HO_ERROR, HO_ERROR_FAILED, "%s", raw);

  switch (failure->code)
    {
    case VIR_ERR_NO_DOMAIN:
      return g_error_new (HO_ERROR, HO_ERROR_NOT_FOUND,
                          _ ("This guest does not exist any more (%s)."), raw);
    case VIR_ERR_NO_CONNECT:
    case VIR_ERR_INVALID_CONN:
      return g_error_new (HO_ERROR, HO_ERROR_NO_CONNECTION,
                          _ ("The connection to libvirt was lost (%s)."), raw);
    case VIR_ERR_NO_SUPPORT:
      return g_error_new (HO_ERROR, HO_ERROR_UNSUPPORTED,
                          _ ("This connection cannot do that (%s)."), raw);
    case VIR_ERR_ACCESS_DENIED:
    case VIR_ERR_AUTH_FAILED:
    case VIR_ERR_OPERATION_DENIED:
      return g_error_new (HO_ERROR, HO_ERROR_NO_CONNECTION,
                          _ ("libvirt does not let you do that (%s)."), raw);
    case VIR_ERR_HOOK_SCRIPT_FAILED:
      return explain_hook (raw);
    default:
      if (failure->domain == VIR_FROM_RPC)
        return g_error_new (HO_ERROR, HO_ERROR_NO_CONNECTION,
                            _ ("The connection to libvirt was lost (%s)."), raw);
      return g_error_new (HO_ERROR, HO_ERROR_FAILED, "%s", raw);
    }
}
