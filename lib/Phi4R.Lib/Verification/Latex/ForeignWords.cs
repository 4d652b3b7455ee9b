using System.Text.RegularExpressions;

namespace Phi4R.Verification.Latex;

/// <summary>Whole answers in other languages that have one word in English.</summary>
internal static partial class ForeignWords
{
    private const int Longest = 40;

    private static readonly Dictionary<string, string> English = ((string English, string[] Words)[])
    [
        ("yes", ["ja", "oui", "sí", "sì", "да", "是", "是的", "对", "能", "可以", "はい"]),
        ("no", ["nein", "non", "нет", "否", "不是", "不能", "不可以", "いいえ"]),
        ("true", ["wahr", "richtig", "vrai", "正确", "真"]),
        ("false", ["falsch", "faux", "错误", "假"]),
        ("no solution", ["无解", "无实数解", "keine lösung", "keine lösungen", "pas de solution", "aucune solution",
            "sin solución", "нет решений", "空集"]),
        ("all real numbers", ["全体实数", "一切实数", "任意实数", "alle reellen zahlen"]),
        ("infinitely many", ["无穷多", "无数个", "unendlich viele"]),
        ("even", ["gerade", "pair", "偶数"]), ("odd", ["ungerade", "impair", "奇数"]),
        ("monday", ["montag", "lundi", "星期一", "周一"]), ("tuesday", ["dienstag", "mardi", "星期二", "周二"]),
        ("wednesday", ["mittwoch", "mercredi", "星期三", "周三"]), ("thursday", ["donnerstag", "jeudi", "星期四", "周四"]),
        ("friday", ["freitag", "vendredi", "星期五", "周五"]), ("saturday", ["samstag", "samedi", "星期六", "周六"]),
        ("sunday", ["sonntag", "dimanche", "星期日", "星期天", "周日"]),
    ]
        is var table ? table.SelectMany(row => row.Words.Select(word => (word, row.English))).ToDictionary() : [];

    /// <summary>What an answer means that is one of these words; null for all others.</summary>
    public static string? Meaning(string text) => text.Length > Longest ? null
        : English.GetValueOrDefault(Dressing().Replace(text, "").Trim(' ', '.', '!').ToLowerInvariant());

    [GeneratedRegex(@"\\(?:text|textbf|textrm|mathrm|mbox)\s*\{|\}", RegexOptions.CultureInvariant)]
    private static partial Regex Dressing();
}
