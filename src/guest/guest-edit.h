/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "guest.h"
#include "xml-tree.h"

G_BEGIN_DECLS

/**
 * HoXmlEdit:
 * @doc: the description of a guest, to be changed in place
 * @data: what the edit was made with
 * @error: return location for a #GError
 *
 * One change of a guest's description, as a pure function: it reads nothing but @doc and @data, and
 * changes nothing but what it is named after. Done a second time it changes nothing. A description
 * in which nothing needs to change is a success that leaves @doc as it is.
 *
 * Returns: %TRUE, or %FALSE with an error of %HO_ERROR that says why this guest should not, or
 *   cannot, be changed so
 */
typedef gboolean (*HoXmlEdit) (xmlDoc *doc, gpointer data, GError **error);

#define HO_TYPE_GUEST_EDIT (ho_guest_edit_get_type ())
G_DECLARE_FINAL_TYPE (HoGuestEdit, ho_guest_edit, HO, GUEST_EDIT, GObject)

void ho_guest_edit_prepare_async (HoHypervisor *hypervisor, HoGuest *guest, HoXmlEdit edit,
                                  gpointer edit_data, GDestroyNotify destroy_data,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data);
void ho_guest_edit_prepare_undo_async (HoHypervisor *hypervisor, HoGuest *guest,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer user_data);
HoGuestEdit *ho_guest_edit_prepare_finish (GAsyncResult *result, GError **error);

void ho_guest_edit_apply_async (HoGuestEdit *self, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
gboolean ho_guest_edit_apply_finish (HoGuestEdit *self, GAsyncResult *result, GError **error);

HoGuest *ho_guest_edit_get_guest (HoGuestEdit *self);
gboolean ho_guest_edit_changes (HoGuestEdit *self);
const char *ho_guest_edit_get_old (HoGuestEdit *self);
const char *ho_guest_edit_get_difference (HoGuestEdit *self);
const char *ho_guest_edit_get_backup (HoGuestEdit *self);

G_END_DECLS
