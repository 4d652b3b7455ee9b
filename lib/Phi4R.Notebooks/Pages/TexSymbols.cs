namespace Phi4R.Notebooks.Pages;

/// <summary>What the commands of TeX's mathematics stand for.</summary>
internal static class TexSymbols
{
    /// <summary>Letters, upright or italic as their own.</summary>
    public static IReadOnlyDictionary<string, string> Letters { get; } = Table("""
        alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ lambda λ mu μ nu ν xi ξ
        pi π varpi ϖ rho ρ varrho ϱ sigma σ varsigma ς tau τ upsilon υ phi ϕ varphi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ
        Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω ell ℓ hbar ℏ infty ∞ partial ∂ nabla ∇ emptyset ∅ varnothing ∅ Re ℜ Im ℑ
        aleph ℵ imath ı jmath ȷ top ⊤ bot ⊥ ldots … dots … cdots ⋯ vdots ⋮ ddots ⋱ dotsc … dotsb ⋯
        """);

    /// <summary>Operators and relations.</summary>
    public static IReadOnlyDictionary<string, string> Operators { get; } = Table("""
        cdot ⋅ times × div ÷ pm ± mp ∓ ast ∗ star ⋆ circ ∘ bullet • oplus ⊕ otimes ⊗ odot ⊙ cap ∩ cup ∪ setminus ∖ wedge ∧ land ∧ vee ∨ lor ∨
        neg ¬ lnot ¬ leq ≤ le ≤ geq ≥ ge ≥ neq ≠ ne ≠ ll ≪ gg ≫ approx ≈ sim ∼ simeq ≃ equiv ≡ cong ≅ propto ∝ in ∈ notin ∉ ni ∋ subset ⊂
        supset ⊃ subseteq ⊆ supseteq ⊇ forall ∀ exists ∃ to → rightarrow → leftarrow ← gets ← leftrightarrow ↔ Rightarrow ⇒ Leftarrow ⇐
        Leftrightarrow ⇔ iff ⇔ implies ⇒ mapsto ↦ longrightarrow ⟶ uparrow ↑ downarrow ↓ mid ∣ parallel ∥ perp ⊥ colon : prime ′
        langle ⟨ rangle ⟩ lfloor ⌊ rfloor ⌋ lceil ⌈ rceil ⌉ lvert | rvert | vert | lVert ‖ rVert ‖ Vert ‖ lbrace { rbrace } lbrack [ rbrack ]
        triangleq ≜ coloneqq ≔ doteq ≐ prec ≺ succ ≻ vdash ⊢ models ⊨ therefore ∴ because ∵ cdotp ⋅ ltimes ⋉ rtimes ⋊ backslash \
        """);

    /// <summary>Large operators, whose limits stand above and below in a displayed formula.</summary>
    public static IReadOnlyDictionary<string, string> Large { get; } = Table("""
        sum ∑ prod ∏ coprod ∐ bigcup ⋃ bigcap ⋂ bigoplus ⨁ bigotimes ⨂ bigwedge ⋀ bigvee ⋁
        """);

    /// <summary>Integrals, whose limits stand beside.</summary>
    public static IReadOnlyDictionary<string, string> Integrals { get; } = Table("int ∫ iint ∬ oint ∮");

    /// <summary>Functions with upright names.</summary>
    public static IReadOnlySet<string> Functions
    {
        get;
    } = Words("log ln exp sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh dim ker deg hom arg lg");

    /// <summary>Functions whose limits stand below in a displayed formula.</summary>
    public static IReadOnlySet<string> LimitFunctions
    {
        get;
    } = Words("max min sup inf lim limsup liminf argmax argmin Pr gcd det");

    /// <summary>Marks above one symbol.</summary>
    public static IReadOnlyDictionary<string, string> Accents { get; } = Table("""
        hat ^ widehat ^ bar ¯ overline ¯ tilde ~ widetilde ~ vec → dot ˙ ddot ¨ check ˇ breve ˘ acute ´ grave ` overrightarrow →
        """);

    /// <summary>Spaces, in em.</summary>
    public static IReadOnlyDictionary<string, string> Spaces { get; } = Table("""
        , 0.17 : 0.22 > 0.22 ; 0.28 ! -0.17 quad 1 qquad 2 enspace 0.5 thinspace 0.17
        """);

    /// <summary>Alphabets, by the mathvariant that MathML calls them.</summary>
    public static IReadOnlyDictionary<string, string> Alphabets { get; } = Table("""
        mathrm normal mathbf bold boldsymbol bold-italic bm bold-italic mathit italic mathcal script mathscr script mathbb double-struck
        mathfrak fraktur mathsf sans-serif mathtt monospace
        """);

    private static Dictionary<string, string> Table(string text) =>
        text.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Chunk(2)
            .ToDictionary(pair => pair[0], pair => pair[1]);

    private static HashSet<string> Words(string text) => [.. text.Split(' ')];
}
