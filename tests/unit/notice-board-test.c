/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "notice-board.h"

#include <libnotify/notify.h>

/* Notices that come and go quickly, with a service that says of each that it was closed. libnotify
 * hears of that in the main loop, so a notification must not end in the board's thread meanwhile (a
 * moment too short to be met by trying), and few may be made however many are shown. */

#define ROUNDS 20
#define SUBJECTS 20

static const char introspection[]
    = "<node><interface name='org.freedesktop.Notifications'>"
      "<method name='GetCapabilities'><arg type='as' direction='out'/></method>"
      "<method name='GetServerInformation'><arg type='s' direction='out'/>"
      "<arg type='s' direction='out'/><arg type='s' direction='out'/><arg type='s' "
      "direction='out'/>"
      "</method>"
      "<method name='Notify'><arg type='s' direction='in'/><arg type='u' direction='in'/>"
      "<arg type='s' direction='in'/><arg type='s' direction='in'/><arg type='s' direction='in'/>"
      "<arg type='as' direction='in'/><arg type='a{sv}' direction='in'/>"
      "<arg type='i' direction='in'/><arg type='u' direction='out'/></method>"
      "<method name='CloseNotification'><arg type='u' direction='in'/></method>"
      "<signal name='NotificationClosed'><arg type='u'/><arg type='u'/></signal>"
      "</interface></node>";

typedef struct
{
  GMainLoop *loop;
  GThread *thread;
  char *address;
  guint32 shown;  /* atomic */
  guint32 closed; /* atomic */
  int owned;      /* atomic */
} Service;

static void
on_call (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
         const char *method, GVariant *parameters, GDBusMethodInvocation *invocation,
         gpointer user_data)
{
  Service *service = user_data;
  GVariant *answer = NULL;

  if (g_str_equal (method, "GetCapabilities"))
    answer = g_variant_new_parsed ("(['body', 'actions'],)");
  else if (g_str_equal (method, "GetServerInformation"))
    answer = g_variant_new_parsed ("('test', 'test', '1', '1.2')");
  else if (g_str_equal (method, "Notify"))
    answer = g_variant_new ("(u)", (guint) g_atomic_int_add (&service->shown, 1) + 1);
  else if (g_str_equal (method, "CloseNotification"))
    {
      guint id;

      g_variant_get (parameters, "(u)", &id);
      /* Before the answer, as services do it. */
      g_dbus_connection_emit_signal (connection, NULL, path, interface, "NotificationClosed",
                                     g_variant_new ("(uu)", id, 3), NULL);
      g_atomic_int_inc (&service->closed);
    }
  g_dbus_method_invocation_return_value (invocation, answer);
}

static void
on_owned (GDBusConnection *connection, const char *name, gpointer user_data)
{
  Service *service = user_data;

  g_atomic_int_set (&service->owned, TRUE);
  g_main_context_wakeup (NULL);
}

static gpointer
serve (gpointer data)
{
  static const GDBusInterfaceVTable table = { .method_call = on_call };
  Service *service = data;
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (introspection, NULL);
  g_autoptr (GDBusConnection) connection = NULL;
  guint object, name;

  g_main_context_push_thread_default (context);
  service->loop = g_main_loop_new (context, FALSE);
  connection = g_dbus_connection_new_for_address_sync (
      service->address,
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
          | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
      NULL, NULL, NULL);
  g_assert_nonnull (connection);
  object = g_dbus_connection_register_object (connection, "/org/freedesktop/Notifications",
                                              node->interfaces[0], &table, service, NULL, NULL);
  name = g_bus_own_name_on_connection (connection, "org.freedesktop.Notifications",
                                       G_BUS_NAME_OWNER_FLAGS_NONE, on_owned, NULL, service, NULL);
  g_main_loop_run (service->loop);
  g_bus_unown_name (name);
  g_dbus_connection_unregister_object (connection, object);
  g_dbus_connection_close_sync (connection, NULL, NULL);
  g_main_loop_unref (service->loop);
  g_main_context_pop_thread_default (context);
  return NULL;
}

static int n_made, n_ended; /* atomic */
static void (*constructed) (GObject *object);
static void (*finalize) (GObject *object);

static void
count_made (GObject *object)
{
  g_atomic_int_inc (&n_made);
  if (constructed != NULL)
    constructed (object);
}

static void
count_ended (GObject *object)
{
  g_atomic_int_inc (&n_ended);
  finalize (object);
}

static void
put (HoNoticeBoard *board, int number)
{
  g_autofree char *subject = g_strdup_printf ("subject %d", number);
  HoNotice *notice = ho_notice_new ("dialog-warning", g_strdup ("Something is wrong"), "so");

  if (number % 2 == 0)
    ho_notice_add_action (notice, "mend", "Mend it");
  ho_notice_board_put (board, subject, notice);
}

static void
test_come_and_go (void)
{
  GObjectClass *notifications = g_type_class_ref (NOTIFY_TYPE_NOTIFICATION);
  g_autoptr (GTestDBus) bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  Service service = { 0 };
  HoNoticeBoard *board;

  constructed = notifications->constructed;
  notifications->constructed = count_made;
  finalize = notifications->finalize;
  notifications->finalize = count_ended;
  g_test_dbus_up (bus);
  service.address = g_strdup (g_test_dbus_get_bus_address (bus));
  service.thread = g_thread_new ("service", serve, &service);
  while (!g_atomic_int_get (&service.owned))
    g_main_context_iteration (NULL, TRUE);

  board = ho_notice_board_new ();
  for (guint32 i = 1; i <= ROUNDS; i++)
    {
      for (int j = 0; j < SUBJECTS; j++)
        put (board, j);
      while ((guint32) g_atomic_int_get (&service.shown) < i * SUBJECTS)
        g_main_context_iteration (NULL, FALSE);
      for (int j = 0; j < SUBJECTS; j++)
        {
          g_autofree char *subject = g_strdup_printf ("subject %d", j);

          ho_notice_board_remove (board, subject);
        }
      while ((guint32) g_atomic_int_get (&service.closed) < i * SUBJECTS)
        g_main_context_iteration (NULL, FALSE);
    }
  g_assert_cmpuint ((guint32) g_atomic_int_get (&service.shown), ==, ROUNDS * SUBJECTS);
  while (!ho_notice_board_has_actions (board))
    g_main_context_iteration (NULL, TRUE);
  g_object_unref (board);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpint (g_atomic_int_get (&n_ended), ==, 0);
  g_assert_cmpint (g_atomic_int_get (&n_made), <=, SUBJECTS);
  notify_uninit ();
  g_type_class_unref (notifications);

  g_main_loop_quit (service.loop);
  g_thread_join (service.thread);
  g_free (service.address);
  g_test_dbus_stop (bus);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/notice-board/come-and-go", test_come_and_go);
  return g_test_run ();
}
