/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "error.h"

static const GDBusErrorEntry ho_error_entries[] = {
  { HO_ERROR_FAILED, "org.handover.Error.Failed" },
  { HO_ERROR_USAGE, "org.handover.Error.Usage" },
  { HO_ERROR_NOT_FOUND, "org.handover.Error.NotFound" },
  { HO_ERROR_REFUSED, "org.handover.Error.Refused" },
  { HO_ERROR_NO_CONNECTION, "org.handover.Error.NoConnection" },
  { HO_ERROR_BUSY, "org.handover.Error.Busy" },
  { HO_ERROR_TIMED_OUT, "org.handover.Error.TimedOut" },
  { HO_ERROR_UNSUPPORTED, "org.handover.Error.Unsupported" },
};

/**
 * ho_error_quark:
 *
 * Returns: the quark of %HO_ERROR. The first call makes GDBus know the domain's names.
 */
GQuark
ho_error_quark (void)
{
  static gsize quark;

  g_dbus_error_register_error_domain ("ho-error-quark", &quark, ho_error_entries,
                                      G_N_ELEMENTS (ho_error_entries));
  return (GQuark) quark;
}

/**
 * ho_error_get_exit_code:
 * @error: (nullable): what went wrong, or %NULL for nothing
 *
 * Returns: the exit code of a command that ended with @error: 0 done, 1 failed, 2 usage, 3 no such
 *   guest or device, 4 refused for safety, 5 no connection.
 */
int
ho_error_get_exit_code (const GError *error)
{
  if (error == NULL)
    return 0;
  if (error->domain == G_OPTION_ERROR)
    return 2;
  if (error->domain != HO_ERROR)
    return 1;

  switch ((HoError) error->code)
    {
    case HO_ERROR_USAGE:
      return 2;
    case HO_ERROR_NOT_FOUND:
      return 3;
    case HO_ERROR_REFUSED:
      return 4;
    case HO_ERROR_NO_CONNECTION:
      return 5;
    case HO_ERROR_FAILED:
    case HO_ERROR_BUSY:
    case HO_ERROR_TIMED_OUT:
    case HO_ERROR_UNSUPPORTED:
    default:
      return 1;
    }
}

/**
 * ho_error_is_silent:
 * @error: an error
 *
 * Returns: whether @error only says that we ourselves took a request back; nobody is told of that.
 */
gboolean
ho_error_is_silent (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}
