/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * HO_ERROR:
 *
 * The one error domain of Handover. The message of such an error is a sentence for the user,
 * already translated: what failed, why, and what to do now. The code says what kind of failure it
 * is, which is all that scripts and views decide by. The domain travels over D-Bus as
 * `org.handover.Error.*`.
 */
#define HO_ERROR (ho_error_quark ())

/**
 * HoError:
 * @HO_ERROR_FAILED: it was tried and did not work
 * @HO_ERROR_USAGE: the request itself is wrong or ambiguous
 * @HO_ERROR_NOT_FOUND: no such guest or device
 * @HO_ERROR_REFUSED: not done, because it would be unsafe
 * @HO_ERROR_NO_CONNECTION: libvirt cannot be reached, or does not let this user in
 * @HO_ERROR_BUSY: the guest is starting or stopping already
 * @HO_ERROR_TIMED_OUT: nobody answered within the time set for it
 * @HO_ERROR_UNSUPPORTED: this connection or machine has no such thing
 */
typedef enum
{
  HO_ERROR_FAILED,
  HO_ERROR_USAGE,
  HO_ERROR_NOT_FOUND,
  HO_ERROR_REFUSED,
  HO_ERROR_NO_CONNECTION,
  HO_ERROR_BUSY,
  HO_ERROR_TIMED_OUT,
  HO_ERROR_UNSUPPORTED,
} HoError;

GQuark ho_error_quark (void);

int ho_error_get_exit_code (const GError *error);
gboolean ho_error_is_silent (const GError *error);

G_END_DECLS
