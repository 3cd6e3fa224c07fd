// All pages of the console, in the order of the menu. To add one: write views/<name>.js, whose default export makes the
// page's element of {params, query, signal}, and give it a line here. `signal` aborts when the page is left: hand it to
// requests and to what repeats. A page with a `group` is in the menu under it; `access` says who sees it.

export const views = [
  { path: "/", title: "Overview", group: "Market", icon: "market", access: "public", load: () => import("./overview.js") },
  { path: "/assets", title: "Assets", group: "Market", icon: "assets", access: "public", load: () => import("./assets.js") },
  { path: "/assets/:id", title: "Asset", under: "/assets", access: "public", load: () => import("./asset.js") },
  { path: "/rates", title: "Exchange rates", group: "Market", icon: "rates", access: "public", load: () => import("./rates.js") },
  { path: "/backfills", title: "Backfills", group: "Market", icon: "backfill", access: "user", load: () => import("./backfills.js") },
  { path: "/exchange", title: "Offerings", group: "Exchange", icon: "exchange", access: "public", load: () => import("./exchange/offerings.js") },
  { path: "/exchange/mine", title: "My exchange", group: "Exchange", icon: "wallet", access: "user", load: () => import("./exchange/mine.js") },
  { path: "/exchange/mine/:part", title: "My exchange", under: "/exchange/mine", access: "user", load: () => import("./exchange/mine.js") },
  { path: "/exchange/leaderboard", title: "Leaderboard", group: "Exchange", icon: "ranking", access: "public", load: () => import("./exchange/leaderboard.js") },
  { path: "/exchange/:id", title: "Offering", under: "/exchange", access: "public", load: () => import("./exchange/offering.js") },
  { path: "/treasury", title: "Treasuries", group: "Treasuries", icon: "vault", access: "public", load: () => import("./treasury/companies.js") },
  { path: "/treasury/leaders", title: "Leader tables", group: "Treasuries", icon: "ranking", access: "public", load: () => import("./treasury/leaders.js") },
  { path: "/treasury/:id", title: "Company", under: "/treasury", access: "public", load: () => import("./treasury/company.js") },
  { path: "/portfolios", title: "Portfolios", group: "You", icon: "portfolio", access: "user", load: () => import("./portfolio/list.js") },
  { path: "/portfolios/:id", title: "Portfolio", under: "/portfolios", access: "user", load: () => import("./portfolio/portfolio.js") },
  { path: "/portfolios/:id/:part", title: "Portfolio", under: "/portfolios", access: "user", load: () => import("./portfolio/portfolio.js") },
  { path: "/account", title: "Account", group: "You", icon: "person", access: "user", load: () => import("./account.js") },
  { path: "/account/keys", title: "API keys", group: "You", icon: "key", access: "user", load: () => import("./keys.js") },
  { path: "/admin", title: "Administration", group: "System", icon: "shield", access: "admin", load: () => import("./admin/admin.js") },
  { path: "/admin/:part", title: "Administration", under: "/admin", access: "admin", load: () => import("./admin/admin.js") },
  { path: "/signin", title: "Sign in", access: "public", load: () => import("./signin.js") },
  { path: "/register", title: "Create an account", access: "public", load: () => import("./signin.js") },
];
