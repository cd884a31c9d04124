; SPDX-License-Identifier: GPL-3.0-or-later
;
; Runs in a Windows guest and talks to Handover on the host, over the virtio-serial port that
; "handover setup GUEST return-channel" adds. For AutoHotkey v2. Needs the virtio-serial driver of
; virtio-win, and to run as administrator: the driver lets nobody else write. See README.md.
#Requires AutoHotkey v2.0
#SingleInstance Force

Port := "\\.\Global\org.handover.return.0"
Hotkey "^!Home", (*) => BringHome()  ; Ctrl+Alt+Home; ^ is Ctrl, ! is Alt, + is Shift, # is Win
HeartbeatSeconds := 0                ; 5 to let the host notice when this guest hangs; 0 is off

if HeartbeatSeconds > 0
    SetTimer () => SendLine("alive"), HeartbeatSeconds * 1000
Persistent

BringHome() {
    ; The keys that are held now would stay down here once the keyboard is gone.
    KeyWait "Home", "T2"
    KeyWait "Ctrl", "T2"
    KeyWait "Alt", "T2"
    error := SendLine("host")
    if error != ""
        TrayTip error, "Handover"
}

; Writes one line; returns "" or what went wrong. A write waits for as long as nobody listens on the
; host, so it is overlapped and given up after a second.
SendLine(text) {
    static GENERIC_READ_WRITE := 0xC0000000, OPEN_EXISTING := 3, OVERLAPPED := 0x40000000
    static ERROR_FILE_NOT_FOUND := 2, ERROR_ACCESS_DENIED := 5, ERROR_IO_PENDING := 997

    handle := DllCall("CreateFileW", "Str", Port, "UInt", GENERIC_READ_WRITE, "UInt", 0, "Ptr", 0,
        "UInt", OPEN_EXISTING, "UInt", OVERLAPPED, "Ptr", 0, "Ptr")
    if handle = -1 {
        if A_LastError = ERROR_FILE_NOT_FOUND
            return "This guest has no port for Handover, or no virtio-serial driver."
        if A_LastError = ERROR_ACCESS_DENIED
            return "The port cannot be written: run this script as administrator."
        return "The port cannot be opened (error " A_LastError ")."
    }
    line := Buffer(StrPut(text "`n", "UTF-8"))
    length := StrPut(text "`n", line, "UTF-8") - 1
    event := DllCall("CreateEventW", "Ptr", 0, "Int", true, "Int", false, "Ptr", 0, "Ptr")
    state := Buffer(A_PtrSize = 8 ? 32 : 20, 0)
    NumPut("Ptr", event, state, A_PtrSize = 8 ? 24 : 16)
    done := DllCall("WriteFile", "Ptr", handle, "Ptr", line, "UInt", length, "Ptr", 0, "Ptr", state)
    if !done && A_LastError = ERROR_IO_PENDING
        done := DllCall("WaitForSingleObject", "Ptr", event, "UInt", 1000) = 0
    if !done {
        ; Windows may still use the buffers until the cancelled write has ended.
        DllCall("CancelIoEx", "Ptr", handle, "Ptr", state)
        DllCall("GetOverlappedResult", "Ptr", handle, "Ptr", state, "UInt*", 0, "Int", true)
    }
    DllCall("CloseHandle", "Ptr", handle)
    DllCall("CloseHandle", "Ptr", event)
    return done ? "" : "Nobody listens on the host."
}
