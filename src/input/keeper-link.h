/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define HO_TYPE_KEEPER_LINK (ho_keeper_link_get_type ())
G_DECLARE_FINAL_TYPE (HoKeeperLink, ho_keeper_link, HO, KEEPER_LINK, GObject)

HoKeeperLink *ho_keeper_link_new (const char *uri, const char *settings);

GVariant *ho_keeper_link_get_facts (HoKeeperLink *self);
void ho_keeper_link_set_wanted (HoKeeperLink *self, gboolean wanted);
gboolean ho_keeper_link_has_promise (HoKeeperLink *self);

void ho_keeper_link_look_async (HoKeeperLink *self, GAsyncReadyCallback callback,
                                gpointer user_data);
void ho_keeper_link_look_finish (HoKeeperLink *self, GAsyncResult *result);
void ho_keeper_link_go_async (HoKeeperLink *self, const char *uuid, int return_after,
                              GAsyncReadyCallback callback, gpointer user_data);
void ho_keeper_link_come_home_async (HoKeeperLink *self, const char *reason,
                                     GAsyncReadyCallback callback, gpointer user_data);
void ho_keeper_link_stay_async (HoKeeperLink *self, guint seconds, GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean ho_keeper_link_call_finish (HoKeeperLink *self, GAsyncResult *result, GError **error);
void ho_keeper_link_come_home_and_leave (HoKeeperLink *self, const char *reason);

G_END_DECLS
