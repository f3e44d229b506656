// The people of the tests: one for each role that the console knows, a second one of drug safety for acts that need two persons, one with
// two roles, and one with none. Their groups are what a company's directory would say; which group means which role is configuration.

/// One password for everybody: what is tested is what happens after it was right, or wrong.
export const PASSWORD = 'as-told-by-the-tests';

/// Login names, with the name and the groups that the provider tells of each.
export const ACCOUNTS = {
  anna: { name: 'Anna de Vries', email: 'anna@pharma.example', groups: ['Everybody', 'Drug Safety'] },
  sam: { name: 'Sam Jansen', email: 'sam@pharma.example', groups: ['Everybody', 'Drug Safety'] },
  quinn: { name: 'Quinn Bakker', email: 'quinn@pharma.example', groups: ['Everybody', 'QA'] },
  wes: { name: 'Wes Visser', email: 'wes@pharma.example', groups: ['Everybody', 'Webcare'] },
  audra: { name: 'Audra Smit', email: 'audra@pharma.example', groups: ['Everybody', 'Auditors'] },
  admin: { name: 'Ada Meijer', email: 'admin@pharma.example', groups: ['Everybody', 'Administrators'] },
  both: { name: 'Bo <b>Mulder</b> & Zoon', email: 'both@pharma.example', groups: ['Webcare', 'QA'] },
  nora: { name: 'Nora de Boer', email: 'nora@pharma.example', groups: ['Everybody'] },
};

/// Which group means which role, as `DAYZERO_SIGN_IN_ROLES` takes it.
export const ROLES = 'safety=Drug Safety,quality=QA,webcare=Webcare,auditor=Auditors,administrator=Administrators';
