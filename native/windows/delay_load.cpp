// Node's functions are in the program that runs: node.exe, or whatever Electron and renamed copies of Node are called.
// The addon is linked against "node.exe" and bound late; this hook resolves that name to the running program.

#include <windows.h>
// These two need windows.h before them.
#include <delayimp.h>
#include <string.h>

namespace {

FARPROC WINAPI running_program(unsigned event, DelayLoadInfo* info) {
  if (event != dliNotePreLoadLibrary || _stricmp(info->szDll, "node.exe") != 0) return nullptr;
  // Some programs keep Node in a library of its own.
  HMODULE node = GetModuleHandleA("node.dll");
  if (node == nullptr) node = GetModuleHandleA(nullptr);
  return reinterpret_cast<FARPROC>(node);
}

}  // namespace

// The declaration of this hook differs between compilers.
decltype(__pfnDliNotifyHook2) __pfnDliNotifyHook2 = running_program;
