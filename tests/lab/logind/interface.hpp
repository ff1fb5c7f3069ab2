// SPDX-License-Identifier: Apache-2.0
// What of org.freedesktop.login1 (man 5 org.freedesktop.login1) the lab's stand-in serves, and what it is told by
// tests.
#pragma once

namespace sekimori::lab::logind {

inline constexpr const char* kInterfaces = R"xml(<node>
  <interface name="org.freedesktop.login1.Manager">
    <method name="GetSession"><arg type="s" direction="in"/><arg type="o" direction="out"/></method>
    <method name="GetSessionByPID"><arg type="u" direction="in"/><arg type="o" direction="out"/></method>
    <method name="GetUser"><arg type="u" direction="in"/><arg type="o" direction="out"/></method>
    <method name="ListSessions"><arg type="a(susso)" direction="out"/></method>
    <method name="LockSession"><arg type="s" direction="in"/></method>
    <method name="UnlockSession"><arg type="s" direction="in"/></method>
    <method name="TerminateSession"><arg type="s" direction="in"/></method>
    <method name="KillSession"><arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="i" direction="in"/></method>
    <method name="TerminateUser"><arg type="u" direction="in"/></method>
    <signal name="SessionNew"><arg type="s"/><arg type="o"/></signal>
    <signal name="SessionRemoved"><arg type="s"/><arg type="o"/></signal>
    <signal name="UserRemoved"><arg type="u"/><arg type="o"/></signal>
    <signal name="PrepareForSleep"><arg type="b"/></signal>
  </interface>
  <interface name="org.freedesktop.login1.Session">
    <method name="SetLockedHint"><arg type="b" direction="in"/></method>
    <method name="SetIdleHint"><arg type="b" direction="in"/></method>
    <signal name="Lock"/>
    <signal name="Unlock"/>
    <property name="Id" type="s" access="read"/>
    <property name="User" type="(uo)" access="read"/>
    <property name="Seat" type="(so)" access="read"/>
    <property name="Type" type="s" access="read"/>
    <property name="Class" type="s" access="read"/>
    <property name="Leader" type="u" access="read"/>
    <property name="TTY" type="s" access="read"/>
    <property name="Service" type="s" access="read"/>
    <property name="Active" type="b" access="read"/>
    <property name="Remote" type="b" access="read"/>
    <property name="LockedHint" type="b" access="read"/>
    <property name="IdleHint" type="b" access="read"/>
  </interface>
  <interface name="org.freedesktop.login1.Seat">
    <property name="ActiveSession" type="(so)" access="read"/>
  </interface>
  <interface name="org.freedesktop.systemd1.Manager">
    <method name="GetUnitByPID"><arg type="u" direction="in"/><arg type="o" direction="out"/></method>
  </interface>
  <interface name="org.freedesktop.systemd1.Unit">
    <property name="Id" type="s" access="read"/>
  </interface>
  <interface name="org.sekimori.Lab1.Logind">
    <method name="CreateSession"><arg name="uid" type="u" direction="in"/><arg name="leader" type="u" direction="in"/>
      <arg name="type" type="s" direction="in"/><arg name="class" type="s" direction="in"/>
      <arg name="id" type="s" direction="out"/></method>
    <method name="SetActive"><arg name="id" type="s" direction="in"/></method>
    <method name="AddProcess"><arg name="uid" type="u" direction="in"/><arg name="pid" type="u" direction="in"/></method>
    <method name="Sleep"/>
  </interface>
</node>)xml";

}  // namespace sekimori::lab::logind
