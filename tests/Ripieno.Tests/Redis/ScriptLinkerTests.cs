using Ripieno.Redis;

namespace Ripieno.Tests.Redis;

public sealed class ScriptLinkerTests
{
    [Fact]
    public void Numbers_texts_and_tables_of_numbers_stand_in_place_of_their_names() => Assert.Equal(
        "call('ONE', 1, '>I4', r[7] + 1, KEYS[3])\n",
        Link("""
            local ONE, FORMAT = 1, '>I4'
            local R = { id = 7, key = 8 }
            call('ONE', ONE, FORMAT, r[R.id] + ONE, K.store)
            """));

    [Fact]
    public void What_is_not_a_literal_stays_as_it_is()
    {
        const string Text = "local NAMES = { [1] = 'one', [2] = 'two' }\nlocal LIST = { 'one', 'two' }\nlocal NEXT = ONE + 1\nlocal ESCAPED = 'a\\0b'\nlocal lower = 1\n";

        Assert.Equal(Text, Link(Text));
    }

    [Fact]
    public void Fields_and_texts_are_not_taken_for_constants() => Assert.Equal(
        "t.ONE = u[1].ONE .. \"it's ONE\" .. 'ONE \\' ONE'\n", Link("local ONE = 1\nt.ONE = u[ONE].ONE .. \"it's ONE\" .. 'ONE \\' ONE'"));

    [Fact]
    public void Functions_that_nothing_calls_are_left_out_with_those_that_only_they_call() => Assert.Equal(
        "local function used()\nreturn deep()\nend\nlocal function deep() return 1 end\nreturn used()\n",
        Link("""
            local function orphan()
              if true then
                return child()
              end
            end
            local function child() return orphan() end
            local function used()
              return deep()
            end
            local function deep() return 1 end
            return used()
            """));

    [Fact]
    public void What_stands_behind_the_mark_is_one_function_further_in() => Assert.Equal(
        "local a = 1\nreturn (function()\nlocal b = a\nreturn b\nend)()\n", Link("-- A comment.\nlocal a = 1\n\n--!inner\n  -- Another.\nlocal b = a\nreturn b"));

    private static string Link(string text) => ScriptLinker.Link(text, new Dictionary<string, string> { ["K.store"] = "KEYS[3]" });
}
