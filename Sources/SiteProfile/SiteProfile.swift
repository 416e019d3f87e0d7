// SiteProfile
