<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>molt::ui::ChatLane</name>
    <message numerus="yes">
        <source>%n token(s)</source>
        <translation>
            <numerusform>%n token</numerusform>
            <numerusform>%n tokens</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Writing: %n token(s)</source>
        <translation>
            <numerusform>Writing: %n token</numerusform>
            <numerusform>Writing: %n tokens</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>prompt %n token(s)</source>
        <translation>
            <numerusform>prompt %n token</numerusform>
            <numerusform>prompt %n tokens</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>molt::ui::PlotView</name>
    <message numerus="yes">
        <source>%n non-finite value(s)</source>
        <translation>
            <numerusform>%n non-finite value</numerusform>
            <numerusform>%n non-finite values</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n point(s) outside</source>
        <translation>
            <numerusform>%n point outside</numerusform>
            <numerusform>%n points outside</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n value(s) at or below 0 not shown</source>
        <translation>
            <numerusform>%n value at or below 0 not shown</numerusform>
            <numerusform>%n values at or below 0 not shown</numerusform>
        </translation>
    </message>
</context>
</TS>
